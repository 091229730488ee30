import { DistillationView } from "@ml";
import { Link } from "@tanstack/react-router";
import { Page } from "@ui/app/page";

const LINK = "font-medium text-accent underline underline-offset-2";

export function KnowledgeDistillationPage() {
  return (
    <Page title="Distillation">
      <DistillationView
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
