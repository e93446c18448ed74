extension RouteTable {
    /// Everything that the API answers to.
    package static let all = RouteTable(
        HostRoutes.all
            + MachineRoutes.all
            + MachineHardwareRoutes.all
            + ConsoleRoutes.all
            + ScreenRoutes.all
            + GuestRoutes.all
            + AdapterRoutes.all
            + CheckpointRoutes.all
            + DiskRoutes.all
            + PoolRoutes.all
            + ImageRoutes.all
            + SwitchRoutes.all
            + OperationRoutes.all
            + TokenRoutes.all
            + PeopleRoutes.all
            + MetricsRoutes.all
            + SampleRoutes.all
    )
}
