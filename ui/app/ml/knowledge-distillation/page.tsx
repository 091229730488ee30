import { DistillationView } from "@ml";
import { Link, useNavigate } from "@tanstack/react-router";
import { Page } from "@ui/app/page";

const LINK = "font-medium text-accent underline underline-offset-2";

export function KnowledgeDistillationPage() {
  const navigate = useNavigate();
  return (
    <Page title="Distillation">
      <DistillationView
        onOpenRun={(run) => void navigate({ to: `/ml/${run.platform}` })}
        links={
          <>
            <Link to="/ml/pytorch" className={LINK}>
              Train a teacher on PyTorch
            </Link>
            <Link to="/ml/tensorflow" className={LINK}>
              Train a teacher on TensorFlow
            </Link>
          </>
        }
      />
    </Page>
  );
}
