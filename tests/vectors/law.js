// (text of patch.json, patch) -> the names of the cases in which the law is broken. An expression,
// evaluated in a page by tests/browser/test_modules.py and in node by tests/pages/test_patch_law.py.
(text, patch) => {
  // Own keys only and sorted, as arrays: nothing that an object has from elsewhere counts.
  const plain = (value) =>
    Array.isArray(value)
      ? value.map(plain)
      : value !== null && typeof value === "object"
        ? Object.keys(value).sort().map((key) => [key, plain(value[key])])
        : value;
  const said = (value) => JSON.stringify(plain(value));
  const { cases, journey } = JSON.parse(text);
  const broken = [];
  for (const { name, old, diff, new: wanted } of cases) {
    const before = said([old, diff]);
    if (said(patch(old, diff)) !== said(wanted)) broken.push(name);
    if (said([old, diff]) !== before) broken.push(`${name}: an argument was changed`);
  }
  let board = journey.first;
  journey.diffs.forEach((diff, at) => {
    board = patch(board, diff);
    if (said(board) !== said(journey.boards[at])) broken.push(`journey ${at}`);
  });
  return broken;
}
