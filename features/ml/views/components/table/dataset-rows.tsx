/** A dataset's rows: to look at, sort, filter, search and copy; and its columns' roles and kinds. */
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { Button } from "@ui/components/primitives/button";
import { Empty } from "@ui/components/primitives/empty";
import { DataGrid, type GridHandle, type SeenCells } from "@ui/components/table/data-grid";
import { fitWidth, type GridColumn } from "@ui/components/table/grid-columns";
import { sizeOf, type GridBlock } from "@ui/components/table/grid-movement";
import { formatCounted } from "@ui/lib/format";
import { useShownColumns, useTableRows, useTableState } from "../../../hooks/use-table";
import { dismissTrouble, resizeColumn, retryPictures, showPictures } from "../../../orchestrators/table-columns";
import { clearFilters, copyCells, findCell, pressSort, seek } from "../../../orchestrators/table-query";
import type { ShownColumn } from "../../../state/column-layout";
import { orderOf } from "../../../state/table-query";
import type { CellPosition, Dataset, SearchDirection } from "../../../types";
import { ErrorNote } from "../error-note";
import { ColumnHead } from "./column-head";
import { FilterChips } from "./filter-chips";
import { FindBar } from "./find-bar";
import { TableBar } from "./table-bar";

// Opened by a press; until then nobody waits for them.
const ColumnMenu = lazy(() => import("./column-menu").then((module) => ({ default: module.ColumnMenu })));
const ColumnList = lazy(() => import("./column-list").then((module) => ({ default: module.ColumnList })));
const GoToRow = lazy(() => import("./go-to-row").then((module) => ({ default: module.GoToRow })));

const HEAD_HEIGHT = 88;

type Opened = { what: "menu"; column: string } | { what: "go-to" | "columns" } | null;

function selectionWords(block: GridBlock): string {
  const { nRows, nColumns } = sizeOf(block);
  return `${formatCounted(nRows, "row")} × ${formatCounted(nColumns, "column")} selected`;
}

/** The cell before, so that a search from there finds the cell itself. */
function justBefore({ row, column }: CellPosition, nColumns: number): CellPosition | null {
  if (column > 0) return { row, column: column - 1 };
  return row > 0 ? { row: row - 1, column: nColumns - 1 } : null;
}

export function DatasetRows({ dataset, height }: { dataset: Dataset; height: number }) {
  const { id } = dataset;
  const query = useTableState(id, (state) => state.query);
  const sought = useTableState(id, (state) => state.sought);
  const trouble = useTableState(id, (state) => state.trouble);
  const picturesError = useTableState(id, (state) => state.summariesError);
  const table = useTableRows(dataset, query);
  const shown = useShownColumns(dataset);
  const [opened, setOpened] = useState<Opened>(null);
  const [selected, setSelected] = useState<GridBlock | null>(null);
  const grid = useRef<GridHandle>(null);
  const finder = useRef<HTMLInputElement>(null);
  const goToButton = useRef<HTMLButtonElement>(null);
  const columnsButton = useRef<HTMLButtonElement>(null);
  const [anchor, setAnchor] = useState<Element | null>(null);
  /** A match in a hidden column is no active cell; the search goes on from it all the same. */
  const hiddenHit = useRef<CellPosition | null>(null);

  const openMenu = useCallback(
    (column: string) => {
      const index = shown.findIndex((one) => one.column.name === column);
      setAnchor(grid.current?.head(index) ?? null);
      setOpened({ what: "menu", column });
    },
    [shown],
  );

  const columns = useMemo(
    () =>
      shown.map(
        ({ column, place, width }: ShownColumn): GridColumn => ({
          key: column.name,
          name: column.name,
          place,
          width,
          align: column.kind === "numeric" ? "right" : "left",
          order: orderOf(query, column.name).order,
          head: <ColumnHead dataset={dataset} column={column} onMenu={openMenu} />,
        }),
      ),
    [shown, dataset, query, openMenu],
  );

  const { onSee } = table;
  const onSeen = useCallback(
    (seen: SeenCells) => {
      onSee(seen);
      showPictures(dataset, seen.places);
    },
    [onSee, dataset],
  );

  const resize = useCallback(
    (column: string, width: number) => {
      resizeColumn(id, column, fitWidth(width));
    },
    [id],
  );
  const resetWidth = useCallback(
    (column: string) => {
      resizeColumn(id, column, null);
    },
    [id],
  );

  const placeOfActive = (): CellPosition | null => {
    const active = grid.current?.active();
    const place = active === undefined ? undefined : shown[active.column]?.place;
    return active === undefined || place === undefined || active.row < 0 ? null : { row: active.row, column: place };
  };
  const find = async (from: CellPosition | null, direction: SearchDirection) => {
    const hit = await findCell(dataset, from, direction);
    if (hit === null) return;
    const column = shown.findIndex((one) => one.place === hit.position.column);
    hiddenHit.current = column < 0 ? hit.position : null;
    grid.current?.show({ row: hit.position.row, column: column < 0 ? grid.current.active().column : column });
  };

  const close = () => {
    setOpened(null);
  };
  const toGrid = () => {
    grid.current?.focus();
  };
  const openFrom = (what: "go-to" | "columns", button: HTMLButtonElement | null) => {
    setAnchor(button);
    setOpened({ what });
  };
  const menuColumn = opened?.what === "menu" ? dataset.columns.find((column) => column.name === opened.column) : undefined;
  return (
    <div data-testid="dataset-rows">
      <TableBar
        dataset={dataset}
        nMatching={table.nMatching}
        isBusy={table.isBusy}
        selection={selected === null ? null : selectionWords(selected)}
        goToRef={goToButton}
        columnsRef={columnsButton}
        onGoTo={() => {
          openFrom("go-to", goToButton.current);
        }}
        onColumns={() => {
          openFrom("columns", columnsButton.current);
        }}
      >
        <FindBar
          id={id}
          inputRef={finder}
          onText={(text) => {
            seek(id, text);
            hiddenHit.current = null;
            const from = placeOfActive();
            void find(from === null ? null : justBefore(from, dataset.columns.length), "next");
          }}
          onStep={(direction) => {
            void find(hiddenHit.current ?? placeOfActive(), direction);
          }}
          onLeave={toGrid}
        />
      </TableBar>
      <FilterChips id={id} />
      {table.error === null ? null : (
        <div className="p-2">
          <ErrorNote what="Rows could not be read" error={table.error} onRetry={table.retry} testId="table-error" />
        </div>
      )}
      {trouble === null ? null : (
        <div className="p-2">
          <ErrorNote
            what={trouble.what}
            error={trouble.error}
            onDismiss={() => {
              dismissTrouble(id);
            }}
          />
        </div>
      )}
      {picturesError === null ? null : (
        <div className="p-2">
          <ErrorNote
            what="The columns could not be counted"
            error={picturesError}
            onRetry={() => {
              retryPictures(dataset);
            }}
          />
        </div>
      )}
      <DataGrid
        ref={grid}
        testId="dataset-grid"
        label={`Rows of ${dataset.name}`}
        columns={columns}
        nFrozen={shown.filter((one) => one.isFrozen).length}
        rowCount={table.nMatching}
        rowAt={table.rowAt}
        onSee={onSeen}
        onSelect={setSelected}
        onResize={resize}
        onResetWidth={resetWidth}
        sought={sought === "" ? null : sought}
        orderKey={JSON.stringify(table.query)}
        isBusy={table.isBusy}
        height={height}
        headHeight={HEAD_HEIGHT}
        empty={
          <Empty
            title="No row matches the filters"
            action={
              <Button
                onClick={() => {
                  clearFilters(id);
                }}
              >
                Clear all filters
              </Button>
            }
          />
        }
        onCopy={({ rows, columns: [left, right] }, withNames) => {
          const places = shown.slice(left, right + 1).map((one) => one.place);
          void copyCells(id, { offset: rows[0], nRows: rows[1] - rows[0] + 1, places, withNames });
        }}
        onFind={() => {
          finder.current?.focus();
          finder.current?.select();
        }}
        onGoTo={() => {
          openFrom("go-to", goToButton.current);
        }}
        onMenu={(column) => {
          const name = shown[column]?.column.name;
          if (name !== undefined) openMenu(name);
        }}
        onSort={(column, adds) => {
          const name = shown[column]?.column.name;
          if (name !== undefined) pressSort(id, name, adds);
        }}
        onWiden={(column, by) => {
          const one = shown[column];
          if (one !== undefined) resize(one.column.name, one.width + by);
        }}
      />
      <Suspense fallback={null}>
        {menuColumn === undefined ? null : (
          <ColumnMenu
            key={menuColumn.name}
            dataset={dataset}
            column={menuColumn}
            anchor={anchor}
            onClose={close}
            onReturn={toGrid}
          />
        )}
        {opened?.what === "columns" ? (
          <ColumnList dataset={dataset} anchor={anchor} onClose={close} onReturn={() => columnsButton.current?.focus()} />
        ) : null}
        {opened?.what === "go-to" ? (
          <GoToRow
            nRows={table.nMatching}
            anchor={anchor}
            onGo={(row) => {
              close();
              grid.current?.show({ row, column: grid.current.active().column });
              toGrid();
            }}
            onClose={close}
            onReturn={toGrid}
          />
        ) : null}
      </Suspense>
    </div>
  );
}
