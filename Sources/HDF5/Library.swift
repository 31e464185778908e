// SPDX-License-Identifier: Apache-2.0
internal import CHDF5
import Files
import Glibc

/// The only access to libhdf5: a global lock, a silent error stack, and no plugins.
enum Library {
    private static let lock = Lock()

    /// Runs `body` alone in the process, as far as libhdf5 is concerned. Not to be nested.
    ///
    /// The library's error stack belongs to a thread: it is silenced on entry and cleared on exit, or a process can end
    /// with 'infinite loop closing library'.
    static func locked<R: ~Copyable>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
        lock.acquire()
        defer { lock.release() }
        _ = prepared
        H5Eset_auto2(0, nil, nil)
        defer { H5Eclear2(0) }
        return try body()
    }

    /// Disables plugins, once: a filter named in a file must not load code. Nor does the library close itself when the
    /// process ends: it crashes there after a file that could not be written, on a full disk for instance.
    private static let prepared = {
        _ = H5dont_atexit()
        return H5open() >= 0 && H5PLset_loading_state(0) >= 0
    }()

    /// A mutex of the system at a fixed address.
    private final class Lock: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

        init() { pthread_mutex_init(mutex, nil) }

        deinit {
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        func acquire() { pthread_mutex_lock(mutex) }
        func release() { pthread_mutex_unlock(mutex) }
    }
}

/// An identifier of libhdf5, closed when it is released. It is used inside ``Library/locked(_:)`` only.
struct Handle: ~Copyable {
    let id: hid_t
    private let close: (hid_t) -> herr_t

    /// Takes over an identifier that a call has just returned.
    ///
    /// - Throws: `failure` when the call failed.
    init(
        _ id: hid_t, _ close: @escaping (hid_t) -> herr_t, orThrow failure: @autoclosure () -> Failure
    ) throws(Failure) {
        self.id = id
        self.close = close
        guard id >= 0 else { throw failure() }
    }

    deinit {
        if id >= 0 { _ = close(id) }
    }
}
