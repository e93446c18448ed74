extension QEMUArguments {
    /// The balloon takes memory from the guest that the guest agrees to give, and tells what the guest makes of the rest.
    ///
    /// `deflate-on-oom`: a guest that runs out of memory takes from the balloon rather than end its programs. Free page reporting
    /// gives pages that the guest freed back to the host at once, whatever the balloon holds.
    var balloon: [String] {
        let device: JSONText = [
            "driver": "virtio-balloon-pci", "id": .string(MemoryBalloon.deviceID),
            "bus": .string(PCILayout.balloonPort.name), "deflate-on-oom": true, "free-page-reporting": true,
        ]
        return ["-device", device.text]
    }
}
