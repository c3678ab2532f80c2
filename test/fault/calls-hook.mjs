// Loaded into the built server and its threads: each connection that they open to somebody is told on standard error.
import { subscribe } from 'node:diagnostics_channel';

subscribe('net.client.socket', ({ socket }) => {
  const { connect } = socket;
  socket.connect = (...args) => {
    process.stderr.write(`calls ${JSON.stringify(args)}\n`);
    return connect.apply(socket, args);
  };
});
