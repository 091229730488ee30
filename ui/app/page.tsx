import type { ReactNode } from "react";

/** A page's frame. Its title is in the rail already, so it is for assistive technology alone. */
export function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="p-4">
      <h1 className="sr-only">{title}</h1>
      {children}
    </main>
  );
}
