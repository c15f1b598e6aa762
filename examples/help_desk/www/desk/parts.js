// What the operator's page is made of. Text from elsewhere only ever becomes text.

export const byId = (id) => document.getElementById(id);

export function make(tag, className = '', children = []) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** How long ago a time in ms was: "40 s", "3 min", "1 h". */
export function age(since) {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  return seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

export const timeOf = (at) => new Date(at).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});
