/**
 * Routes in the hash, since a page under a custom protocol has no server that
 * could answer a reload at another path.
 */
import { MlWindowParts } from "@ml";
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { Empty } from "@ui/components/primitives/empty";
import { useSystemTheme } from "@ui/lib/theme";
import { KnowledgeDistillationPage } from "./ml/knowledge-distillation/page";
import { PytorchPage } from "./ml/pytorch/page";
import { TensorflowPage } from "./ml/tensorflow/page";
import { Rail } from "./rail";
import { RunsPage } from "./runs/page";
import { SettingsPage } from "./settings/page";

function Window() {
  useSystemTheme();
  return (
    <div className="flex h-full">
      <Rail />
      <div className="min-w-0 flex-1 overflow-y-auto" id="page">
        <Outlet />
      </div>
      <MlWindowParts />
    </div>
  );
}

function NotFound() {
  return (
    <main>
      <Empty title="There is no such page" action={<Link to="/ml/pytorch">Go to PyTorch</Link>} />
    </main>
  );
}

function Failure({ error }: { error: Error }) {
  return (
    <main role="alert">
      <Empty title="This page could not be drawn">
        {error.message}. Choose another page, or restart the app; runs and datasets are safe.
      </Empty>
    </main>
  );
}

const root = createRootRoute({ component: Window, notFoundComponent: NotFound });

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    beforeLoad: () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to redirect
      throw redirect({ to: "/ml/pytorch" });
    },
  }),
  createRoute({ getParentRoute: () => root, path: "/ml/pytorch", component: PytorchPage }),
  createRoute({ getParentRoute: () => root, path: "/ml/tensorflow", component: TensorflowPage }),
  createRoute({
    getParentRoute: () => root,
    path: "/ml/knowledge-distillation",
    component: KnowledgeDistillationPage,
  }),
  createRoute({ getParentRoute: () => root, path: "/runs", component: RunsPage }),
  createRoute({ getParentRoute: () => root, path: "/settings", component: SettingsPage }),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  history: createHashHistory(),
  defaultErrorComponent: Failure,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
