// What pages give as binary messages and get as such: ArrayBuffers, views of them, Blobs, and where the browser has none of
// these, arrays of numbers; inside, all of them are bytes (base64.js).

var binary = (function () {
  function copy(view) {
    var bytes = env.newBytes(view.length);
    bytes.set(view);
    return bytes;
  }

  function areBytes(list) {
    var i;
    for (i = 0; i < list.length; i++) {
      if (list[i] !== (list[i] & 255)) {
        return false;
      }
    }
    return true;
  }

  return {
    isBlob: function (data) {
      return /^(Blob|File)$/.test(classOf(data)) && !!(env.root.FileReader || data.arrayBuffer);
    },

    // A copy of what an ArrayBuffer or a view of one holds, or of an array of bytes where the browser has no typed ones;
    // null for anything else.
    bytesOf: function (data) {
      var Bytes = env.root.Uint8Array;
      var kind = classOf(data);
      if (!Bytes) {
        return kind === 'Array' && areBytes(data) ? data.slice(0) : null;
      }
      if (/^(Shared)?ArrayBuffer$/.test(kind)) {
        return copy(new Bytes(data));
      }
      if (kind === 'DataView' || (kind !== 'Array' && /Array$/.test(kind) && data.buffer)) {
        return copy(new Bytes(data.buffer, data.byteOffset, data.byteLength));
      }
      return null;
    },

    // Reads a Blob: done(bytes), or failed(), later.
    readBlob: function (blob, done, failed) {
      var Bytes = env.root.Uint8Array;
      var reader;
      if (!env.root.FileReader) {
        blob.arrayBuffer().then(function (buffer) {
          done(new Bytes(buffer));
        }, failed);
        return;
      }
      reader = new env.root.FileReader();
      reader.onload = function () {
        done(new Bytes(reader.result));
      };
      reader.onerror = failed;
      reader.readAsArrayBuffer(blob);
    },

    // What a page gets: by its binaryType a Blob or an ArrayBuffer; an array of numbers where the browser has neither.
    present: function (bytes, binaryType) {
      if (!bytes.buffer) {
        return bytes;
      }
      if (binaryType === 'blob' && env.root.Blob) {
        try {
          return new env.root.Blob([bytes]);
        } catch (e) {
          return bytes.buffer; // Android up to 4.3 and Safari 5 have the name, and no way to make one
        }
      }
      return bytes.buffer;
    }
  };
}());
