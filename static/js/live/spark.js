// A line of the last laps, small enough for a card. displays/spark.py draws the same; both run the
// cases of tests/vectors/overlay.json.

const WIDTH = 104;
const HEIGHT = 34;
const EDGE = 4;
const LEAST_RANGE = 400; // else the noise of an even race would look like a drama

/** Paths: the line, a dot at its end, and zero where the line crosses it. A lap that nobody knows
 *  leaves a gap in the line. */
export function spark(values) {
  const known = values.filter((each) => each !== null);
  if (known.length < 2) return { spark: "", spark_dot: "", spark_zero: "" };
  const least = Math.min(...known);
  const most = Math.max(...known);
  const missing = Math.max(0, LEAST_RANGE - (most - least));
  const [low, high] = [least - missing / 2, most + missing / 2];
  const y = (value) => tenth(HEIGHT - EDGE - ((value - low) * (HEIGHT - 2 * EDGE)) / (high - low));
  const x = (at) => tenth(EDGE + (at * (WIDTH - 2 * EDGE)) / (values.length - 1));
  const points = values.map((each, at) => (each === null ? null : `${x(at)} ${y(each)}`));
  const zero = least < 0 && most > 0 ? `M${EDGE} ${y(0)}H${WIDTH - EDGE}` : "";
  return { spark: path(points), spark_dot: `M${points.filter(Boolean).at(-1)}h0`, spark_zero: zero };
}

function path(points) {
  let drawn = "";
  let pen = "M";
  for (const point of points) {
    drawn += point === null ? "" : pen + point;
    pen = point === null ? "M" : "L";
  }
  return drawn;
}

const tenth = (value) => (Math.floor(value * 10 + 0.5) / 10).toFixed(1);
