import MartletModel
import Testing

@testable import MartletQEMU

@Suite("Recognizing images")
struct ImageSnifferTests {
    /// A file's first 64 KiB with these bytes at these places.
    private func sample(_ parts: [(Int, [UInt8])], foot: [UInt8] = []) -> ImageSample {
        var head = [UInt8](repeating: 0, count: ImageSample.headLength)
        for (offset, bytes) in parts { head.replaceSubrange(offset..<(offset + bytes.count), with: bytes) }
        return ImageSample(head: head, foot: foot)
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("each format is known by its mark, whatever else the file holds")
    func formats() throws {
        let boot: (Int, [UInt8]) = (510, [0x55, 0xAA])
        let found = try [
            sample([boot, (0, [0x51, 0x46, 0x49, 0xFB])]), sample([boot, (0, bytes("vhdxfile"))]),
            sample([boot, (0, bytes("KDMV"))]), sample([boot, (0, bytes("conectix"))]),
            sample([boot], foot: bytes("conectix")), sample([boot, (32769, bytes("CD001"))]), sample([boot]),
        ].map { try ImageSniffer.recognize($0, name: "x") }
        #expect(found == [.qcow2, .vhdx, .vmdk, .vhd, .vhd, .iso, .raw])
    }

    @Test(
        "what is no image, or wrapped, is refused with what to do",
        arguments: [
            ([UInt8](), "is empty"), ([0x1F, 0x8B], "gzip"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"),
            (Array("PK\u{3}\u{4}".utf8), "zip"), (Array("# Disk DescriptorFile\n".utf8), "one file"),
            (Array("COWD".utf8), "ESX"), (Array("hello".utf8), "--format raw"),
        ])
    func refused(_ head: [UInt8], _ words: String) {
        let error = #expect(throws: MartletError.self) {
            try ImageSniffer.recognize(ImageSample(head: head), name: "x")
        }
        #expect(error?.message.contains(words) == true)
    }

    private func refusal(_ sample: ImageSample, as format: ImageFormat) -> String {
        do throws(MartletError) {
            try ImageInspection.check(sample, as: format, name: "x")
            return ""
        } catch {
            return error.message
        }
    }

    private func qcow2(_ parts: [(Int, [UInt8])]) -> ImageSample {
        sample([(0, [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3])] + parts)
    }

    @Test("a qcow2 image that names a file, or can't be read, is refused")
    func hostileQCOW2() {
        #expect(refusal(qcow2([]), as: .qcow2) == "")
        #expect(refusal(qcow2([(15, [1])]), as: .qcow2).contains("a backing file"))
        #expect(refusal(qcow2([(19, [1])]), as: .qcow2).contains("a backing file"))
        #expect(refusal(qcow2([(79, [4])]), as: .qcow2).contains("an external data file"))
        #expect(refusal(qcow2([(79, [2])]), as: .qcow2).contains("corrupt"))
        #expect(refusal(qcow2([(35, [2])]), as: .qcow2).contains("encrypted"))
        #expect(refusal(qcow2([(7, [9])]), as: .qcow2).contains("version 9"))
        #expect(refusal(sample([]), as: .qcow2).contains("no qcow2 image"))
    }

    private func vmdk(capacity: UInt8 = 1, _ descriptor: String) -> ImageSample {
        sample([(0, bytes("KDMV")), (12, [capacity]), (512, bytes(descriptor))])
    }

    @Test("a VMDK whose descriptor leads to another file is refused")
    func hostileVMDK() {
        let whole = "# Disk DescriptorFile\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\n"
        #expect(refusal(vmdk(whole), as: .vmdk) == "")
        #expect(refusal(vmdk(capacity: 0, whole), as: .vmdk).contains("its extents"))
        #expect(refusal(vmdk(whole + "parentFileNameHint=\"/etc/shadow\"\n"), as: .vmdk).contains("a parent"))
        #expect(refusal(vmdk("parentCID=12345678\n"), as: .vmdk).contains("a parent"))
        #expect(refusal(vmdk("createType=\"monolithicFlat\"\n"), as: .vmdk).contains("monolithicflat"))
    }

    @Test("a VHD that continues another is refused, and so is one of no known type")
    func hostileVHD() {
        func vhd(_ type: UInt8) -> ImageSample { sample([(0, bytes("conectix")), (63, [type])]) }
        #expect(refusal(vhd(2), as: .vhd) == "" && refusal(vhd(3), as: .vhd) == "")
        #expect(refusal(vhd(4), as: .vhd).contains("a parent"))
        #expect(refusal(vhd(9), as: .vhd).contains("type 9"))
    }

    @Test("qemu-img's progress is read, and its other lines are not")
    func progress() {
        #expect(DiskImage.progress("    (12.50/100%)") == 0.125)
        #expect(DiskImage.progress("(100.00/100%)") == 1)
        #expect(DiskImage.progress("hello") == nil && DiskImage.progress("/(") == nil)
    }
}
