// On every page: what this browser keeps is that of whoever is signed in, and of nobody else; and the
// worker that shows it without a network is there. Both want https (or this very machine).

import { boardPath, forget, settle } from "./boards.js";

const { viewer, teams, gone } = document.documentElement.dataset;

if ("serviceWorker" in navigator) {
  if (viewer !== undefined) settle(viewer, teams === undefined ? null : teams.split(" "));
  if (gone !== undefined) forget(boardPath(location.pathname));
  if (viewer || document.querySelector("[data-live]")) {
    const register = () => navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => {});
    if (document.readyState === "complete") register();
    else addEventListener("load", register); // the page itself comes first
  }
}
