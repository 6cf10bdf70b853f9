public import IdleCancellation

extension Product {
    /// What limits idle cancellations, for operators: how it stands, holding, releasing and giving up (IDL-063, IDL-064).
    public var idleGuard: any BlastRadiusGuard {
        idle.guardian
    }

    /// What operators do about single subscriptions and about many decisions at once (IDL-003, IDL-071).
    public var idleOperations: any IdleOperating {
        idle.operations
    }

    /// Compares rows, cases and orders with the payment provider (IDL-074).
    public var idleReconciler: any IdleReconciling {
        idle.reconciler
    }

    /// Explains, looks ahead and looks back, and writes nothing (IDL-068 to IDL-070).
    public var idleInsight: any IdleInsight {
        idle.insight
    }
}
