import { RunsView } from "@ml";
import { useNavigate } from "@tanstack/react-router";
import { Page } from "@ui/app/page";

export function RunsPage() {
  const navigate = useNavigate();
  return (
    <Page title="Runs">
      <RunsView
        onOpen={(run) => void navigate({ to: `/ml/${run.platform}` })}
        onOpenDistillation={() => void navigate({ to: "/ml/knowledge-distillation" })}
      />
    </Page>
  );
}
