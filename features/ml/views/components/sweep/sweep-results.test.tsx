// Of a large sweep, all trials take longer than the page that is in sight.
import { render, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../../api";
import { useJobsStore } from "../../../state/zustand/jobs-store";
import { useSweepsStore } from "../../../state/zustand/sweeps-store";
import { dataset } from "../../../test/examples";
import { page, snapshot, sweepJob, trial } from "../../../test/sweeps";
import type { TrialColumns, TrialPage } from "../../../types";
import { SweepResults } from "./sweep-results";

const job = sweepJob({ status: "succeeded" });

const NO_COLUMNS: TrialColumns = {
  number: [],
  platform: [],
  status: [],
  objective: [],
  finished_at: [],
  train_seconds: [],
  parameter_count: [],
  latency_micros: [],
  params: {},
  on_front: [],
};

function show(trials: () => Promise<TrialPage>) {
  vi.spyOn(api.sweeps, "get").mockResolvedValue(snapshot({ job_id: job.id }));
  vi.spyOn(api.sweeps, "trials").mockImplementation(trials);
  const columns = vi.spyOn(api.sweeps, "columns").mockResolvedValue(NO_COLUMNS);
  render(<SweepResults dataset={dataset} platform="pytorch" onOpenRun={vi.fn()} />);
  return columns;
}

// jsdom lays nothing out, and the table draws only rows that have room.
Object.defineProperties(Element.prototype, { clientHeight: { get: () => 400 }, clientWidth: { get: () => 1200 } });

describe("a sweep's results", { timeout: 30_000 }, () => {
  beforeEach(() => {
    useSweepsStore.setState({ views: {} });
    useJobsStore.setState(({ known }) => ({ known: { ...known, jobs: { [job.id]: job } } }));
  });

  it("fetch what charts draw once the table has its rows, and no more of it than is drawn", async () => {
    const answer: { arrives?: (rows: TrialPage) => void } = {};
    const columns = show(() => new Promise((resolve) => (answer.arrives = resolve)));
    expect(await screen.findByLabelText("Loading trials")).toBeVisible();
    expect(screen.getByLabelText("Loading the chart")).toBeVisible();
    expect(columns).not.toHaveBeenCalled();
    answer.arrives?.(page([trial()]));
    expect(await screen.findByRole("grid", { name: "Trials" })).toBeVisible();
    await waitFor(() => {
      expect(columns.mock.calls.map(([, query]) => query.with_parameters)).toEqual([false]);
    });
  });

  it("have charts although the rows cannot be read", async () => {
    const columns = show(() => Promise.reject(new api.CoreError({ code: "storage", message: "the disk is full", hint: null })));
    expect(await screen.findByText(/Trials could not be read: the disk is full/)).toBeVisible();
    await waitFor(() => {
      expect(columns).toHaveBeenCalled();
    });
  });
});
