/** The median of numbers; NaN of none. */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/** The value below which a share of the numbers lies, by linear interpolation. */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low === undefined || high === undefined ? NaN : low + (high - low) * (place - Math.floor(place));
}

/** Median, 99th percentile and maximum of durations, in their unit. */
export function summary(durations) {
  return { p50: quantile(durations, 0.5), p99: quantile(durations, 0.99), max: quantile(durations, 1) };
}
