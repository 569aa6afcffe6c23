/** What flows between us and an attached container. */
import { PassThrough, type Duplex } from "node:stream";

export interface Streams {
  stdin: Duplex;
  stdout: PassThrough;
  stderr: PassThrough;
}

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Takes Docker's multiplexed stream apart: one header of eight bytes (stream, three zeros, length in four), then that
 * many bytes. Reads no faster than its readers do. https://docs.docker.com/reference/api/engine (ContainerAttach)
 */
export function takenApart(connection: Duplex): Streams {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let left = 0;
  let into = stdout;

  const push = (chunk: Buffer): boolean => {
    let hasRoom = true;
    for (let at = 0; at < chunk.length;) {
      if (left === 0) {
        const taken = chunk.copy(header, headerBytes, at, at + HEADER_BYTES - headerBytes);
        at += taken;
        headerBytes += taken;
        if (headerBytes < HEADER_BYTES) break;
        headerBytes = 0;
        into = header[0] === STDERR ? stderr : stdout;
        left = header.readUInt32BE(4);
        continue;
      }
      const part = chunk.subarray(at, at + left);
      at += part.length;
      left -= part.length;
      if (!into.write(part)) hasRoom = false;
    }
    return hasRoom;
  };
  connection.on("data", (chunk: Buffer) => {
    if (push(chunk)) return;
    connection.pause();
    let waiting = [stdout, stderr].filter((stream) => stream.writableNeedDrain);
    for (const stream of waiting) {
      stream.once("drain", () => {
        waiting = waiting.filter((other) => other !== stream);
        if (waiting.length === 0) connection.resume();
      });
    }
  });
  const finish = (): void => {
    stdout.end();
    stderr.end();
  };
  connection.once("end", finish);
  connection.once("close", finish);
  // Its end is told by the container's own state.
  connection.on("error", finish);
  return { stdin: connection, stdout, stderr };
}
