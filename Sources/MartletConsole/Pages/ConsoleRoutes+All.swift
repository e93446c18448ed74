extension ConsoleRoutes {
    static let all = ConsoleRoutes(
        routes: [
            .get("/") { _ in .redirect(to: Places.machines) },
            .get("/hosts/this") { _ in .redirect(to: Places.machines) },
        ] + LiveEvents.routes + MachinesPage.routes + ActionPages.routes + OperationsPage.routes
            + SummaryPage.routes + SettingsPage.routes + HardwarePage.routes + CheckpointsPage.routes
            + SerialPage.routes
            + NewMachinePage.routes + StoragePage.routes)
}
