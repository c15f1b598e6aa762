// A proxy of bytes between a page and the server under test, which harms the line when told to.
'use strict';
const net = require('node:net');

/**
 * Answers {port, cut(), freeze(), stop()}. cut() breaks all connections. freeze() makes those that are there half-open: they stay,
 * nothing goes through them any more, and nobody is told. Connections that come later are whole.
 */
async function startLine(to) {
  const pairs = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(to, '127.0.0.1');
    const pair = {frozen: false, end};
    function end() {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    }
    function pass(from, into) {
      from.on('data', (chunk) => {
        if (process.env.ENCKE_ENGINES_TRACE && /^(GET|POST) /.test(chunk.toString('latin1', 0, 5))) {
          process.stderr.write(`line: ${pair.frozen ? 'frozen ' : ''}${chunk.toString('latin1').split('\r\n')[0].slice(0, 200)}\n`);
        }
        if (!pair.frozen && !into.write(chunk)) {
          from.pause();
          into.once('drain', () => from.resume());
        }
      });
      from.on('end', () => pair.frozen || into.end());
      from.on('error', () => pair.frozen || end());
      from.on('close', () => pair.frozen || end());
    }
    near.setNoDelay(true);
    far.setNoDelay(true);
    pairs.add(pair);
    pass(near, far);
    pass(far, near);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  function cut() {
    pairs.forEach((pair) => pair.end());
  }

  return {
    port: server.address().port,
    cut,
    freeze: () => pairs.forEach((pair) => {
      pair.frozen = true;
    }),
    stop: () => {
      const stopped = new Promise((resolve) => server.close(resolve));
      cut();
      return stopped;
    }
  };
}

module.exports = {startLine};
