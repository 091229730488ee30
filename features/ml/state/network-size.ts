/** How large a network is before it is there, and what a trained one tells of its table. Pure. */
import type { Run, TrainingConfig } from "../types";

/** float32 */
const BYTES_A_NUMBER = 4;

type Shape = Pick<TrainingConfig, "hidden_layers" | "batch_norm">;

/** What goes into a network and what comes out, counted. */
export interface Ends {
  nFeatures: number;
  nOutputs: number;
}

export interface NetworkSize {
  /** Numbers that are trained. */
  parameters: number;
  /** Of the weights' file, its head left out. */
  bytes: number;
}

/** Dense layers, each with a bias; batch normalisation has two trained numbers a unit and keeps two more. */
export function sizeOf({ hidden_layers, batch_norm }: Shape, { nFeatures, nOutputs }: Ends): NetworkSize {
  let width = nFeatures;
  let parameters = 0;
  for (const units of [...hidden_layers, nOutputs]) {
    parameters += (width + 1) * units;
    width = units;
  }
  const units = batch_norm ? hidden_layers.reduce((sum, layer) => sum + layer, 0) : 0;
  parameters += 2 * units;
  return { parameters, bytes: BYTES_A_NUMBER * (parameters + 2 * units) };
}

/**
 * Features and outputs of a trained run's table, from its number of parameters;
 * null where they do not add up, or the run has not ended.
 */
export function endsOf({ outcome, labels, task, config }: Run): Ends | null {
  if (outcome === null || task === null) return null;
  const nOutputs = task === "regression" ? 1 : labels?.length;
  if (nOutputs === undefined || nOutputs < 1) return null;
  const [first = nOutputs] = config.hidden_layers;
  const without = sizeOf(config, { nFeatures: 0, nOutputs }).parameters;
  const nFeatures = (outcome.parameter_count - without) / first;
  return Number.isInteger(nFeatures) && nFeatures > 0 ? { nFeatures, nOutputs } : null;
}
