/// The watching of one descriptor by a loop; made, changed and ended on the loop's thread.
public final class Watch: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only, which every method checks.
    let descriptor: Int32
    let handler: @Sendable (Interest) -> Void
    var token: UInt64 = 0
    private let loop: EventLoop

    /// What is waited for at present.
    public private(set) var interest: Interest

    init(loop: EventLoop, descriptor: Int32, interest: Interest, handler: @escaping @Sendable (Interest) -> Void) {
        self.loop = loop
        self.descriptor = descriptor
        self.interest = interest
        self.handler = handler
    }

    /// Waits for something else from now on; the same set again costs nothing.
    public func update(_ interest: Interest) {
        guard interest != self.interest else { return }
        loop.checkIsolated()
        self.interest = interest
        loop.core.change(self)
    }

    /// Ends the watching, which must happen before the descriptor is closed; the handler is not called again. Ending it twice changes nothing.
    public func cancel() {
        loop.checkIsolated()
        loop.core.remove(self)
    }
}

extension EventLoop {
    /// Watches a descriptor and tells the handler, on the loop's thread, what it is ready for, again and again while it stays so.
    ///
    /// To be called on the loop's thread. The loop keeps the watch until it is cancelled.
    ///
    /// - Throws: ``EventLoopError`` when the system cannot watch the descriptor, for example because it is watched already.
    public func watch(
        _ descriptor: Int32, for interest: Interest, _ handler: @escaping @Sendable (Interest) -> Void
    ) throws(EventLoopError) -> Watch {
        checkIsolated()
        let watch = Watch(loop: self, descriptor: descriptor, interest: interest, handler: handler)
        try core.add(watch)
        return watch
    }
}
