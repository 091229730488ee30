import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { MiniHistogram, type BinRange } from "./mini-histogram";

const counts = [4, 0, 8, 2];
const ends = ["0", "1", "2", "3", "4"];

function show(selected: BinRange | null = null) {
  const onSelect = vi.fn();
  render(<MiniHistogram label="length" counts={counts} ends={ends} selected={selected} onSelect={onSelect} />);
  const chart = screen.getByRole("img", { name: "length: 0 to 4" });
  chart.getBoundingClientRect = () => new DOMRect(100, 0, 80, 24);
  return { chart, onSelect };
}

it("tells the bins over which a range was drawn, whichever way", () => {
  const { chart, onSelect } = show();
  fireEvent.pointerDown(chart, { button: 0, clientX: 175 });
  fireEvent.pointerMove(chart, { clientX: 150 });
  expect(screen.getByText(/2 to 4/)).toHaveTextContent("2 to 4: 10");
  fireEvent.pointerUp(chart, { clientX: 125 });
  expect(onSelect).toHaveBeenCalledExactlyOnceWith([1, 3]);
});

it("stays within the bins when the pointer leaves", () => {
  const { chart, onSelect } = show();
  fireEvent.pointerDown(chart, { button: 0, clientX: 150 });
  fireEvent.pointerUp(chart, { clientX: 900 });
  expect(onSelect).toHaveBeenCalledExactlyOnceWith([2, 3]);
});

it("takes the range away when it is pressed again", () => {
  const { chart, onSelect } = show([2, 2]);
  fireEvent.pointerDown(chart, { button: 0, clientX: 150 });
  fireEvent.pointerUp(chart, { clientX: 151 });
  expect(onSelect).toHaveBeenCalledExactlyOnceWith(null);
});
