// What the WebSocket interface demands of its arguments, and the errors where they are not like that. The order in which
// things are looked at is the standard's, and where the standard and browsers differ, the standard is followed.

var rules = (function () {
  var kReasonBytes = 123; // what fits into a control frame beside the code

  // The nearest whole number, the even one of two: WebIDL's [Clamp] unsigned short.
  function clamp(number) {
    var inside = number !== number ? 0 : Math.min(Math.max(number, 0), 65535);
    var rounded = Math.floor(inside + 0.5);
    return rounded - inside === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
  }

  return {
    // The names of sub-protocols as a list.
    protocols: function (given) {
      var seen = {};
      var names = [];
      var list = given === undefined || given === null ? [] : isArray(given) ? given : [given];
      var i, name;
      for (i = 0; i < list.length; i++) {
        name = text.from(list[i]);
        if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
          throw makeError('SyntaxError', 12, 'The sub-protocol "' + name + '" is not a token.');
        }
        if (seen['p' + name]) {
          throw makeError('SyntaxError', 12, 'The sub-protocol "' + name + '" is named twice.');
        }
        seen['p' + name] = true;
        names.push(name);
      }
      return names;
    },

    // What close() was given: {code, reason}, code being null where there is none.
    closing: function (code, reason) {
      var number = code === undefined ? null : clamp(+code);
      var words = reason === undefined ? '' : text.from(reason);
      if (number !== null && number !== 1000 && (number < 3000 || number > 4999)) {
        throw makeError('InvalidAccessError', 15, 'The close code must be 1000 or 3000 to 4999, not ' + code + '.');
      }
      if (text.size(words) > kReasonBytes) {
        throw makeError('SyntaxError', 12, 'The close reason has more than ' + kReasonBytes + ' bytes.');
      }
      return {code: number === null && words ? 1000 : number, reason: words};
    }
  };
}());
