// What the server refuses, and what becomes of the session then (6.9).

// Whether a status speaks of the session, and not of a carrier or the way to it.
function isRefusal(status) {
  return status === 400 || status === 403 || status === 404 || status === 409 || status === 413;
}

// The status that a frame e tells, or an answer that is one; 0 where it is none.
function refusalIn(text) {
  var refusal = /^e\[([0-9]{3}),/.exec(text);
  return refusal ? Number(refusal[1]) : 0;
}

// The status of an answer if it is the server's own word, else 0: what stands between may say 404 too.
function serversWord(status, body) {
  return refusalIn(body) === status ? status : 0;
}

// The text of such an answer, or of a frame e.
function serversText(body) {
  var answer = json.read(body.substring(1));
  return answer ? String(answer[1]) : body;
}

// {code, reason} of the close event that a refusal leads to. `offer` is what the server answered to open.
function explainRefusal(status, offer) {
  return status === 403 ? {code: 1008, reason: 'The session is of another origin.'} :
    status === 404 ? {code: kGone, reason: 'The session is over: the server does not know it. It was restarted, or there was no connection for ' +
      offer.resume_window + ' ms.'} :
    status === 409 ? {code: kGone, reason: 'The session is over for this page: another page goes on with it.'} :
    status === 413 ? {code: 1009, reason: 'A message has more than ' + offer.max_message_bytes + ' bytes.'} :
      {code: 1002, reason: 'The server did not take what this page sent.'};
}
