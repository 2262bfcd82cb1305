/** Counts durations in logarithmic buckets, 64 to a power of two: any quantile is within 1.6 % of the truth. */
export interface Histogram {
  /** @param us whole microseconds, at most 2^31 - 1 */
  record(us: number): void;
  /** The duration, in microseconds, that the share `q` (0 to 1) of all does not exceed; 0 when nothing was recorded. */
  quantile(q: number): number;
}

const SUB_BUCKETS = 64;
const SUB_BUCKET_BITS = 6;
const BUCKETS = 26 * SUB_BUCKETS;

function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us;
  const shift = 31 - Math.clz32(us) - SUB_BUCKET_BITS;
  return (shift + 1) * SUB_BUCKETS + ((us >>> shift) & (SUB_BUCKETS - 1));
}

function middleOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const width = 2 ** (Math.floor(bucket / SUB_BUCKETS) - 1);
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * width + width / 2;
}

export function createHistogram(): Histogram {
  const counts = new Uint32Array(BUCKETS);
  let total = 0;
  return {
    record(us) {
      const bucket = bucketOf(us);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      total += 1;
    },
    quantile(q) {
      let seen = 0;
      for (const [bucket, count] of counts.entries()) {
        seen += count;
        if (count > 0 && seen >= total * q) return middleOf(bucket);
      }
      return 0;
    },
  };
}
