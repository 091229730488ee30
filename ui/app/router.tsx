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
import { lazy, Suspense, type ComponentType } from "react";
import { Rail } from "./rail";

function Window() {
  useSystemTheme();
  return (
    <div className="flex h-full">
      <Rail />
      {/* What is scrolled to stays clear of the form's foot, which sticks to the bottom. */}
      <div className="min-w-0 flex-1 scroll-pb-24 overflow-y-auto" id="page">
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

function Failure({ error }: { error: unknown }) {
  return (
    <main role="alert">
      <Empty title="This page could not be drawn">
        {error instanceof Error ? error.message : String(error)}. Choose another page, or restart the app; runs and datasets are safe.
      </Empty>
    </main>
  );
}

const root = createRootRoute({ component: Window, notFoundComponent: NotFound });

/**
 * A page in a script of its own. The router would wait for a component that it
 * loads itself, and paint nothing meanwhile; so the frame paints first.
 */
function page(load: () => Promise<ComponentType>) {
  const Page = lazy(async () => ({ default: await load() }));
  return function LazyPage() {
    return (
      <Suspense fallback={null}>
        <Page />
      </Suspense>
    );
  };
}

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/ml/pytorch" });
    },
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/ml/pytorch",
    component: page(async () => (await import("./ml/pytorch/page")).PytorchPage),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/ml/tensorflow",
    component: page(async () => (await import("./ml/tensorflow/page")).TensorflowPage),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/ml/knowledge-distillation",
    component: page(async () => (await import("./ml/knowledge-distillation/page")).KnowledgeDistillationPage),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs",
    component: page(async () => (await import("./runs/page")).RunsPage),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/settings",
    component: page(async () => (await import("./settings/page")).SettingsPage),
  }),
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
