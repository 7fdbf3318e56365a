// Alerts of the team on a page: at most three strips, a count for the rest, and a voice.

export class AlertPanel {
  constructor(root, { clock }) {
    this.root = root;
    this.clock = clock;
  }

  /** A frame whose event begins with "alert". */
  take(_frame) {}

  /** After every (re)connection, once the channel is subscribed: what is open now. */
  refresh() {}
}
