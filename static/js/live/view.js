// A piece of a page that shows strings: [data-f] nodes their text, [data-a] their data attributes,
// [data-v] attributes of SVG. A node is touched only when its own value changes.

export class View {
  #texts = []; #data = []; #attributes = []; #links = [];
  fields = {};

  constructor(element) {
    this.element = element;
    const nodes = [element, ...element.querySelectorAll("*")];
    for (const node of nodes) {
      if (node.dataset.f) this.#texts.push([node.dataset.f, node]);
      if (node.dataset.h) this.#links.push([node.dataset.h, node]);
      for (const [name, field] of pairs(node.dataset.a)) this.#data.push([name, field, node]);
      for (const [name, field] of pairs(node.dataset.v)) this.#attributes.push([name, field, node]);
    }
  }

  set(fields) {
    for (const [field, node] of this.#texts) {
      const text = fields[field];
      if (text !== undefined && this.fields[field] !== text && node.textContent !== text) node.textContent = text;
    }
    for (const [name, field, node] of this.#data) {
      const value = fields[field];
      if (value !== undefined && node.dataset[name] !== value) node.dataset[name] = value;
    }
    for (const [name, field, node] of this.#attributes) {
      const value = fields[field];
      if (value !== undefined && node.getAttribute(name) !== value) node.setAttribute(name, value);
    }
    Object.assign(this.fields, fields);
  }

  /** `hrefs`: patterns by the name in [data-h], with KEY where the row's key stands. */
  link(key, hrefs) {
    for (const [name, node] of this.#links) {
      if (hrefs[name]) node.href = hrefs[name].replace("KEY", encodeURIComponent(key));
    }
  }
}

const pairs = (text) => (text ?? "").split(" ").filter(Boolean).map((pair) => pair.split(":"));
