// What the peer servers share: listening on a port that the kernel chooses, collecting garbage when asked to (SIGUSR2)
// so that idle memory is what is held and not what is left over.
'use strict';

exports.listen = function (server) {
  server.keepAliveTimeout = 120000;  // sending connections of the generator may rest between two messages
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, function () {
    process.stderr.write('listening on http://127.0.0.1:' + server.address().port + '/\n');
  });
  process.on('SIGUSR2', function () {
    if (global.gc) global.gc();
  });
};
