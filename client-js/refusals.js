// What the server refuses, and what becomes of the session then (6.9).

// Whether a status speaks of the session, and not of a carrier or the way to it.
function isRefusal(status) {
  return status === 400 || status === 403 || status === 404 || status === 409 || status === 413;
}

// The status of an answer if it is the server's own word, else 0: what stands between may say 404 too.
function serversWord(status, body) {
  return body.substring(0, 5) === 'e[' + status ? status : 0;
}

// The text of such an answer, or of a frame e.
function serversText(body) {
  try {
    return String(json.parse(body.substring(1))[1]);
  } catch (e) {
    return body;
  }
}

// {code, reason} of the close event that a refusal leads to. `offer` is what the server answered to open.
function explainRefusal(status, offer) {
  if (status === 403) {
    return {code: 1008, reason: 'The session belongs to a page of another origin.'};
  }
  if (status === 404) {
    return {code: 2011, reason: 'The session is over: the server does not know it any more. It was restarted, or this page was ' +
      'away for longer than ' + offer.resume_window + ' ms.'};
  }
  if (status === 409) {
    return {code: 2011, reason: 'The session is over for this page: somebody else goes on with it.'};
  }
  if (status === 413) {
    return {code: 1009, reason: 'A message was longer than the server takes, ' + offer.max_message_bytes + ' bytes.'};
  }
  return {code: 1002, reason: 'The server did not understand what this page sent.'};
}
