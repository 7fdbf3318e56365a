// A time of day: of the team's clocks on its own pages, else of the reader's.

const { lang, dataset } = document.documentElement;
const LOOK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export const hour = formatter();

function formatter() {
  try {
    return new Intl.DateTimeFormat(lang || undefined, { ...LOOK, timeZone: dataset.zone });
  } catch {
    return new Intl.DateTimeFormat(lang || undefined, LOOK); // a zone that this browser does not know
  }
}
