// Lists and plain objects: what they can do by themselves in later browsers.

// What work(item) answers for each.
function map(list, work) {
  var all = [];
  var i;
  for (i = 0; i < list.length; i++) {
    all.push(work(list[i]));
  }
  return all;
}

// Those for which keep(item) is true.
function filter(list, keep) {
  var all = [];
  map(list, function (item) {
    if (keep(item)) {
      all.push(item);
    }
  });
  return all;
}

// All but one.
function without(list, item) {
  return filter(list, function (other) {
    return other !== item;
  });
}

// work(value, key) for each property of the object's own, and none that the page has added to all objects.
function eachOf(object, work) {
  var key;
  for (key in object) {
    if (Object.prototype.hasOwnProperty.call(object, key)) {
      work(object[key], key);
    }
  }
}

// Gives an object what another one has; answers it.
function extend(object, more) {
  eachOf(more, function (value, key) {
    object[key] = value;
  });
  return object;
}

// What a value is, whichever window it is of: 'Array', 'Blob'.
function classOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function isArray(value) {
  return classOf(value) === 'Array';
}
