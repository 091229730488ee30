import { RuntimesView } from "@ml";
import { Page } from "@ui/app/page";
import { Panel } from "@ui/components/primitives/panel";
import { Segmented } from "@ui/components/primitives/segmented";
import { useThemeChoice } from "@ui/lib/theme";

const THEMES = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

export function SettingsPage() {
  const [choice, choose] = useThemeChoice();
  return (
    <Page title="Settings">
      <div className="flex max-w-3xl flex-col gap-3">
        <RuntimesView />
        <Panel title="Appearance">
          <div className="flex items-center gap-3 px-3 py-2">
            <span>Theme</span>
            <Segmented label="Theme" options={THEMES} value={choice} onChange={choose} />
          </div>
        </Panel>
      </div>
    </Page>
  );
}
