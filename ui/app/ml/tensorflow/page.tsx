import { TrainingView } from "@ml";
import { Page } from "@ui/app/page";

export function TensorflowPage() {
  return (
    <Page title="TensorFlow">
      <TrainingView platform="tensorflow" />
    </Page>
  );
}
