import { Collapsible } from "@base-ui/react/collapsible";
import { ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";

interface DisclosureProps {
  title: ReactNode;
  defaultOpen?: boolean;
  /** Open whatever was chosen, while something in it must be seen. */
  isHeldOpen?: boolean;
  children: ReactNode;
}

/** A part that can be folded away under its title. */
export function Disclosure({ title, defaultOpen = false, isHeldOpen = false, children }: DisclosureProps) {
  const [isOpen, setIsOpen] = useState(defaultOpen);
  return (
    <Collapsible.Root open={isOpen || isHeldOpen} onOpenChange={setIsOpen} className="border-t border-line">
      <Collapsible.Trigger className="group flex h-8 w-full items-center gap-1.5 px-3 text-left font-semibold outline-offset-[-2px]">
        <ChevronRight size={13} aria-hidden className="text-faint transition-transform group-data-panel-open:rotate-90" />
        {title}
      </Collapsible.Trigger>
      <Collapsible.Panel>{children}</Collapsible.Panel>
    </Collapsible.Root>
  );
}
