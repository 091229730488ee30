// Where a sweep stands, what can be done with it, and that what is done is told.
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { NOTHING_KNOWN } from "../../../state/job-events";
import { useJobsStore } from "../../../state/zustand/jobs-store";
import { useSweepsStore } from "../../../state/zustand/sweeps-store";
import { counts, snapshot, sweepJob } from "../../../test/sweeps";
import type { JobStatus, SweepSnapshot } from "../../../types";
import { SweepPanel } from "./sweep-panel";

function show(status: JobStatus, changes: Partial<SweepSnapshot> = {}): string {
  const live = { state: "ready", value: snapshot(changes), isOld: false, error: null, retry: () => undefined } as const;
  render(<SweepPanel job={sweepJob({ status })} snapshot={live} />);
  return screen.getByTestId("SweepPanel").textContent;
}

const button = (name: RegExp) => screen.queryByRole("button", { name });

describe("the panel of a sweep", () => {
  beforeEach(() => {
    useJobsStore.setState({ known: NOTHING_KNOWN });
    useSweepsStore.setState({ troubles: {} });
  });

  it("counts trials and says how fast it is and how long it takes", () => {
    const text = show("running");
    expect(text).toMatch(/14 of 32 trials.*Training 2 trials at the moment.*14\.0 trials a minute · about 45 s left/);
    expect(screen.getByTestId("count-pruned")).toHaveTextContent("4pruned");
    expect(screen.getByTestId("count-queued")).toHaveTextContent("16queued");
    expect(screen.queryByTestId("count-failed")).toBeNull();
    expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuetext", "14 of 32 trials have ended");
  });

  it("counts what was told since the snapshot", () => {
    useJobsStore.setState({ known: { ...NOTHING_KNOWN, counts: { "job-1": counts({ succeeded: 20, running: 2, queued: 10 }) } } });
    expect(show("running")).toMatch(/20 of 32 trials/);
  });

  it("pauses, and resumes what is paused", async () => {
    vi.spyOn(api.jobs, "pause").mockResolvedValue(null);
    vi.spyOn(api.jobs, "resume").mockResolvedValue(null);
    show("running");
    expect(button(/Resume/)).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Pause" }));
    expect(api.jobs.pause).toHaveBeenCalledWith("job-1");
  });

  it("says that nothing is lost while it is paused", async () => {
    vi.spyOn(api.jobs, "resume").mockResolvedValue(null);
    expect(show("paused")).toMatch(/Paused; nothing is lost.*took 1 min 00 s so far/);
    expect(button(/Pause/)).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Resume" }));
    expect(api.jobs.resume).toHaveBeenCalledWith("job-1");
  });

  it("asks before it stops", async () => {
    vi.spyOn(api.jobs, "cancel").mockResolvedValue(null);
    show("running");
    await userEvent.click(screen.getByTestId("stop-button"));
    expect(api.jobs.cancel).not.toHaveBeenCalled();
    await userEvent.click(await screen.findByRole("button", { name: "Stop" }));
    expect(api.jobs.cancel).toHaveBeenCalledWith("job-1");
  });

  it("cannot be paused or stopped once it has ended, but extended, and its failed trials trained again", async () => {
    vi.spyOn(api.sweeps, "extend").mockResolvedValue(null);
    vi.spyOn(api.sweeps, "retry").mockResolvedValue(null);
    show("succeeded", { counts: counts({ succeeded: 29, failed: 3 }) });
    expect(button(/Pause/)).toBeNull();
    expect(button(/Stop/)).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Retry 3 failed" }));
    expect(api.sweeps.retry).toHaveBeenCalledWith("job-1", []);
    await userEvent.click(screen.getByRole("button", { name: "Extend…" }));
    const more = await screen.findByRole("textbox", { name: "How many more" });
    await userEvent.clear(more);
    await userEvent.type(more, "0");
    expect(screen.getByRole("button", { name: "Add" })).toBeDisabled();
    await userEvent.clear(more);
    await userEvent.type(more, "8{Enter}");
    expect(api.sweeps.extend).toHaveBeenCalledWith("job-1", 8);
  });

  it("shows what went wrong with what was done, until it is dismissed", async () => {
    vi.spyOn(api.jobs, "pause").mockRejectedValue(new api.CoreError({ code: "conflict", message: "the sweep has just ended", hint: null }));
    show("running");
    await userEvent.click(screen.getByRole("button", { name: "Pause" }));
    expect(await screen.findByText("the sweep has just ended")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByText("the sweep has just ended")).toBeNull();
  });

  it("draws loading and failing", async () => {
    const retry = vi.fn();
    const { rerender } = render(<SweepPanel job={sweepJob()} snapshot={{ state: "loading" }} />);
    expect(screen.getByRole("status", { name: "Loading the sweep" })).toBeInTheDocument();
    rerender(
      <SweepPanel
        job={sweepJob()}
        snapshot={{ state: "failed", error: { code: "storage", message: "no such file", hint: null }, retry }}
      />,
    );
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(retry).toHaveBeenCalled();
  });
});
