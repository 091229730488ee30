import { PLATFORM_LOOKS, type Platform } from "../../types";

const SHAPES: Record<Platform, string> = {
  pytorch: "rounded-full bg-pytorch-wash text-pytorch",
  tensorflow: "rounded-sm bg-tensorflow-wash text-tensorflow",
};

/** Letter, shape and hue of a platform; any one of them is enough to tell. */
export function PlatformMark({ platform }: { platform: Platform }) {
  return (
    <span
      aria-hidden
      className={`inline-flex size-4.5 shrink-0 items-center justify-center border border-current text-xs leading-none font-bold ${SHAPES[platform]}`}
    >
      {PLATFORM_LOOKS[platform].letter}
    </span>
  );
}

export function PlatformName({ platform }: { platform: Platform }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <PlatformMark platform={platform} />
      {PLATFORM_LOOKS[platform].name}
    </span>
  );
}
