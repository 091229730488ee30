/** How the columns of each table are laid out; found again after a restart. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import type { DatasetId } from "../../types";
import type { ColumnLayout } from "../column-layout";

interface ColumnLayouts {
  layouts: Record<DatasetId, ColumnLayout>;
}

export const useColumnLayoutStore = create<ColumnLayouts>()(
  persist<ColumnLayouts>(() => ({ layouts: {} }), { name: "retort.tables" }),
);
