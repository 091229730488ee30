import { TrainingView } from "@ml";
import { Page } from "@ui/app/page";

export function PytorchPage() {
  return (
    <Page title="PyTorch">
      <TrainingView platform="pytorch" />
    </Page>
  );
}
