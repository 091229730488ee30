import { TrainingView } from "@ml";
import { useNavigate } from "@tanstack/react-router";
import { Page } from "@ui/app/page";

export function PytorchPage() {
  const navigate = useNavigate();
  return (
    <Page title="PyTorch">
      <TrainingView
        platform="pytorch"
        onOpenRun={(run) => void navigate({ to: `/ml/${run.platform}` })}
        onOpenDistillation={() => void navigate({ to: "/ml/knowledge-distillation" })}
      />
    </Page>
  );
}
