// A time of day: of the team's clocks on its own pages, else of the reader's.

const { lang, dataset } = document.documentElement;
const LOOK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

let made = formatter(dataset.zone);

export const hour = { format: (at) => made.format(at) };

/** From now on those of another zone. */
export function inZone(zone) {
  made = formatter(zone);
}

function formatter(zone) {
  try {
    return new Intl.DateTimeFormat(lang || undefined, { ...LOOK, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat(lang || undefined, LOOK); // a zone that this browser does not know
  }
}
