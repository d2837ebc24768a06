using System.Collections.Immutable;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Backup;

/// <summary>Volumes that are trees of files, as callers see them that keep the contract and callers that do not.</summary>
public sealed class FilesTests
{
    private static readonly byte[] s_large = [.. Enumerable.Range(0, 3 << 20).Select(i => (byte)(i * 7))];

    private static readonly Dictionary<string, (StatusCode Status, Func<WriteFilesRequest[]> Stream)> s_breaches = new()
    {
        ["no head"] = (StatusCode.InvalidArgument, () => [End(0)]),
        ["a head twice"] = (StatusCode.InvalidArgument, () => [Head("target"), Head("target")]),
        ["no end"] = (StatusCode.DataLoss, () => [Head("target"), Directory("")]),
        ["another count"] = (StatusCode.DataLoss, () => [Head("target"), Directory(""), End(2)]),
        ["more behind the end"] = (StatusCode.DataLoss, () => [Head("target"), Directory(""), End(1), Directory("a")]),
        ["the wrong order"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Directory("b"), Directory("a")]),
        ["a name twice"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Directory("a"), Directory("a")]),
        ["a way out"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Directory("../etc")]),
        ["an absolute name"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Directory("/etc")]),
        ["an unknown type"] = (StatusCode.InvalidArgument, () => [Head("target"), Changed(file => file.Type = 0)]),
        ["unknown bits"] = (StatusCode.InvalidArgument, () => [Head("target"), Changed(file => file.Mode = 0x1000)]),
        ["a size beyond all"] = (StatusCode.InvalidArgument, () => [Head("target"), Changed(file => file.Size = ulong.MaxValue)]),
        ["a link that is none"] = (StatusCode.InvalidArgument, () => [Head("target"), Changed(file => file.LinkTarget = ByteString.CopyFromUtf8("x"))]),
        ["no time"] = (StatusCode.InvalidArgument, () => [Head("target"), Changed(file => file.Modified = new() { Nanos = -1 })]),
        ["content of nothing"] = (StatusCode.InvalidArgument, () => [Head("target"), Piece(0, "x")]),
        ["content of a directory"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Piece(0, "x")]),
        ["content behind the end"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Regular("a", 4), Piece(2, "good")]),
        ["content over content"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Regular("a", 9), Piece(0, "good"), Piece(2, "good")]),
        ["another digest"] = (StatusCode.DataLoss, () => [Head("target"), Directory(""), Regular("a", 4), Changed(Piece(0, "good"), chunk => chunk.Sha256 = ByteString.CopyFrom(new byte[32]))]),
        ["another length"] = (StatusCode.InvalidArgument, () => [Head("target"), Directory(""), Regular("a", 9), Changed(Piece(0, "good"), chunk => chunk.Length = 5)]),
        ["a claim that is a name"] = (StatusCode.InvalidArgument, () => [new WriteFilesRequest { Head = new WriteFilesHead { Claim = "target" } }]),
        ["what nobody offers"] = (StatusCode.Unimplemented, () => [new WriteFilesRequest { Head = new WriteFilesHead { Claim = "shop/target", Replace = true } }]),
    };

    [Fact]
    public async Task Tree_ThatWasRead_MakesTheSameTreeElsewhere()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId source = await AddSourceAsync(lab);
        VolumeId target = await lab.AddTreeAsync("target");
        List<FileEntry> files = await ListAsync(lab, "monday");
        List<WriteFilesRequest> stream = [Head("target")];
        foreach (FileEntry file in files)
        {
            stream.Add(new WriteFilesRequest { File = file });
            if (file.Type == Waybill.Backup.Wire.FileType.Regular)
            {
                (List<Chunk> chunks, _) = await ReadAsync(lab, file);
                stream.AddRange(chunks.Select(chunk => new WriteFilesRequest { Chunk = chunk }));
            }
        }

        List<WriteFilesResponse> said = await WriteAsync(lab, [.. stream, End(files.Count)]);

        Assert.Equal((ulong)files.Count, said[^1].End.Files);
        Assert.Equal(Contents(lab, source), Contents(lab, target));

        // Both names of the file are asked for, and the content of the first is enough.
        Assert.Equal([true, false], said.Where(one => one.Wanted is not null).Select(one => one.Wanted.Content));
        BackupAuditEntry audited = lab.Audit.Last(entry => entry.Method == "WriteFiles");
        Assert.Equal(("agent", "shop/target", "OK"), (audited.Caller, audited.ObjectName, audited.Status));
        Assert.InRange(audited.Bytes, s_large.Length, 2 * s_large.Length);
    }

    [Fact]
    public async Task List_GoesOnBehindAPath_AndGroupsOfNamesStayTheSame()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        await AddSourceAsync(lab);
        List<FileEntry> all = await ListAsync(lab, "monday");

        for (int i = 0; i < all.Count; i++)
        {
            Assert.Equal(all.Skip(i + 1), await ListAsync(lab, "monday", all[i].Path));
        }

        Assert.True(all[0].Path.IsEmpty);
        Assert.Equal(all.Select(file => file.Path.ToStringUtf8()), ((string[])["", "a", "a/b", "a/large", "again", "empty"]));
        Assert.All(all.Where(file => file.LinkGroup != 0), file => Assert.Equal(4711ul, file.LinkGroup));
    }

    [Theory]
    [InlineData(0, 0, 3 << 20)]
    [InlineData(1_000_001, 1_000_002, 1)]
    [InlineData(1 << 20, 3 << 20, 2 << 20)]
    [InlineData(3 << 20, 0, 0)]
    [InlineData(100, 50, 0)]
    public async Task File_IsReadFromAnOffsetToAnother(ulong start, ulong end, int expected)
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        await AddSourceAsync(lab);
        FileEntry large = (await ListAsync(lab, "monday")).Single(file => file.Path.ToStringUtf8() == "a/large");

        (List<Chunk> chunks, FileEnd last) = await ReadAsync(lab, large, start, end);

        byte[] read = [.. chunks.SelectMany(chunk => chunk.Data)];
        Assert.Equal((expected, (ulong)expected), (read.Length, last.Bytes));
        Assert.True(s_large.AsSpan((int)start, read.Length).SequenceEqual(read));
        Assert.All(chunks, chunk => Assert.InRange(chunk.Data.Length, 1, 1 << 20));
    }

    [Fact]
    public async Task Attributes_ThatDoNotFitInAMessage_AreSaidToBeMissing()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = await lab.AddTreeAsync("data");
        lab.Provider.GetTree(volume).Set(
            new FileTreeEntry { Path = FilePath.FromText("odd"), Type = FileType.Regular, Xattrs = [new FileXattr([.. "user.big"u8], ImmutableArray.Create(new byte[5 << 20]))] }, []);
        await lab.SnapAsync(volume, "monday");

        FileEntry odd = (await ListAsync(lab, "monday"))[^1];

        Assert.Empty(odd.Attributes);
        Assert.Equal("xattrs", Assert.Single(odd.Gaps).What);
    }

    [Fact]
    public async Task Caller_WhoMayNot_IsToldTheSameAsOfWhatIsNotThere()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        await AddSourceAsync(lab);
        await lab.AddTreeAsync("target");
        FileEntry file = (await ListAsync(lab, "monday"))[^1];
        lab.Forbidden.Add("ReadSnapshot shop/monday");
        lab.Forbidden.Add("WriteClaim shop/target");

        var errors = new List<RpcException>();
        foreach (string name in (string[])["monday", "nothing"])
        {
            errors.Add(await Assert.ThrowsAsync<RpcException>(() => ListAsync(lab, name)));
            errors.Add(await Assert.ThrowsAsync<RpcException>(() => ReadAsync(lab, file, snapshot: name)));
        }

        errors.Add(await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, [Head("target"), End(0)])));
        errors.Add(await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, [Head("nothing"), End(0)])));

        Assert.All(errors, error => Assert.Equal(StatusCode.PermissionDenied, error.StatusCode));
        Assert.Single(errors.Select(error => error.Status.Detail).Distinct());
    }

    public static TheoryData<string> Breaches => [.. s_breaches.Keys];

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task Stream_ThatBreaksTheContract_IsRefused_AndLeavesTheVolumeAsItWas(string breach)
    {
        (StatusCode status, Func<WriteFilesRequest[]> stream) = s_breaches[breach];
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId target = await lab.AddTreeAsync("target");

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, stream()));

        Assert.True(status == error.StatusCode, $"{breach}: {error.Status}");
        Assert.True(lab.Provider.GetTree(target).Current.IsEmpty);
    }

    [Fact]
    public async Task Volume_ThatHoldsSomething_IsRefused_UnlessItIsToBeReplaced()
    {
        await using BackupLab lab = await BackupLab.StartAsync(configure: api => api with { EmptyTree = (volume, _) => Empty((ScriptedProvider)api.Provider, volume) });
        VolumeId target = await lab.AddTreeAsync("target");
        lab.Provider.GetTree(target).WriteFile("old", "old"u8);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, [Head("target"), Directory(""), End(1)]));
        await WriteAsync(lab, [new WriteFilesRequest { Head = new WriteFilesHead { Claim = "shop/target", Replace = true } }, Directory(""), Regular("new", 1), Piece(0, "x"), End(2)]);

        Assert.Equal(StatusCode.AlreadyExists, refused.StatusCode);
        Assert.Equal(["new: 78"], Contents(lab, target).Split('\n'));

        static ValueTask Empty(ScriptedProvider provider, VolumeId volume)
        {
            provider.GetTree(volume).Remove("old");
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task Volume_ThatAnotherCallFills_IsNeitherEmptiedNorFilled()
    {
        int emptied = 0;
        await using BackupLab lab = await BackupLab.StartAsync(configure: api => api with
        {
            EmptyTree = (_, _) =>
            {
                emptied++;
                return ValueTask.CompletedTask;
            },
        });
        await lab.AddTreeAsync("target");
        using AsyncDuplexStreamingCall<WriteFilesRequest, WriteFilesResponse> first = new Files.FilesClient(lab.Connect()).WriteFiles();
        await first.RequestStream.WriteAsync(Head("target"));
        Assert.True(await first.ResponseStream.MoveNext(CancellationToken.None));
        WriteFilesRequest[] second = [new WriteFilesRequest { Head = new WriteFilesHead { Claim = "shop/target", Replace = true } }, Directory(""), End(1)];

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, second));
        await first.RequestStream.WriteAsync(Directory(""));
        await first.RequestStream.WriteAsync(End(1));
        await first.RequestStream.CompleteAsync();
        await first.ResponseStream.ReadAllAsync().ToListAsync();
        await WriteAsync(lab, second);

        Assert.Equal((StatusCode.Aborted, 1), (refused.StatusCode, emptied));
    }

    [Fact]
    public async Task Names_OfTwoFilesWithOneNumber_AreNoGroup()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = await lab.AddTreeAsync("data");
        foreach ((string name, ulong group, ulong inode) in ((string, ulong, ulong)[])[("a", 1, 7), ("b", 2, 7), ("c", 1, 7), ("d", 2, 7), ("e", 3, 0), ("f", 3, 0)])
        {
            lab.Provider.GetTree(volume).Set(new FileTreeEntry { Path = FilePath.FromText(name), Type = FileType.Regular, LinkGroup = group, Inode = inode }, []);
        }

        await lab.SnapAsync(volume, "monday");

        Assert.Equal([0ul, 7, 0, 7, 0, (1UL << 63) | 3, (1UL << 63) | 3], (await ListAsync(lab, "monday")).Select(file => file.LinkGroup));
    }

    [Fact]
    public async Task File_ThatIsTakenBack_IsNotThere()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId target = await lab.AddTreeAsync("target");

        await WriteAsync(lab, [Head("target"), Directory(""), Regular("kept", 1), Piece(0, "x"), Regular("taken", 9), Piece(0, "half"), new WriteFilesRequest { Discard = new Discard() }, End(3)]);

        Assert.Equal(["kept: 78"], Contents(lab, target).Split('\n'));
    }

    private static async Task<VolumeId> AddSourceAsync(BackupLab lab)
    {
        VolumeId volume = await lab.AddTreeAsync("source");
        ModelTree tree = lab.Provider.GetTree(volume);
        ImmutableArray<byte> linked = [.. "linked"u8];
        tree.Set(new FileTreeEntry { Path = FilePath.FromText("a"), Type = FileType.Directory, Mode = 0x1ED }, []);
        tree.Set(new FileTreeEntry { Path = FilePath.FromText("a/b"), Type = FileType.Regular, Size = linked.Length, LinkGroup = 1, Inode = 4711, UserId = 12, UserName = [.. "ann"u8], Modified = new Timestamp(-5, 7) }, linked);
        tree.Set(new FileTreeEntry { Path = FilePath.FromText("a/large"), Type = FileType.Regular, Size = s_large.Length, Xattrs = [new FileXattr([.. "user.x"u8], [1, 0, 2])] }, [.. s_large]);
        tree.Set(new FileTreeEntry { Path = FilePath.FromText("again"), Type = FileType.Regular, Size = linked.Length, LinkGroup = 1, Inode = 4711 }, linked);
        tree.Set(new FileTreeEntry { Path = FilePath.FromText("empty"), Type = FileType.Regular }, []);
        await lab.SnapAsync(volume, "monday");
        return volume;
    }

    private static string Contents(BackupLab lab, VolumeId volume) => string.Join('\n', lab.Provider.GetTree(volume).Current.Entries
        .Where(entry => !entry.Path.IsRoot)
        .Select(entry => $"{entry.Path}: {Convert.ToHexString(lab.Provider.GetTree(volume).Current.Read(entry.Path) is { } content ? content.Span : [])}"));

    private static async Task<List<FileEntry>> ListAsync(BackupLab lab, string snapshot, ByteString? after = null)
    {
        var request = new ListFilesRequest { Snapshot = new SnapshotRef { Namespace = BackupLab.Namespace, Name = snapshot } };
        if (after is not null)
        {
            request.After = after;
        }

        using AsyncServerStreamingCall<ListFilesResponse> call = new Files.FilesClient(lab.Connect()).ListFiles(request);
        List<ListFilesResponse> parts = await call.ResponseStream.ReadAllAsync().ToListAsync();
        List<FileEntry> files = [.. parts.SelectMany(part => part.Files?.Files ?? [])];
        Assert.Equal((ulong)files.Count, parts[^1].End.Files);
        return files;
    }

    private static async Task<(List<Chunk> Chunks, FileEnd End)> ReadAsync(BackupLab lab, FileEntry file, ulong start = 0, ulong end = 0, string snapshot = "monday")
    {
        var request = new ReadFileRequest { Snapshot = new SnapshotRef { Namespace = BackupLab.Namespace, Name = snapshot }, File = file, StartingOffset = start, EndingOffset = end };
        using AsyncServerStreamingCall<ReadFileResponse> call = new Files.FilesClient(lab.Connect()).ReadFile(request);
        List<ReadFileResponse> parts = await call.ResponseStream.ReadAllAsync().ToListAsync();
        return ([.. parts.Where(part => part.Chunk is not null).Select(part => part.Chunk)], parts[^1].End);
    }

    private static async Task<List<WriteFilesResponse>> WriteAsync(BackupLab lab, WriteFilesRequest[] stream)
    {
        using AsyncDuplexStreamingCall<WriteFilesRequest, WriteFilesResponse> call = new Files.FilesClient(lab.Connect()).WriteFiles();
        Task<List<WriteFilesResponse>> reading = call.ResponseStream.ReadAllAsync().ToListAsync().AsTask();
        try
        {
            foreach (WriteFilesRequest request in stream)
            {
                await call.RequestStream.WriteAsync(request);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // The answer says why.
        }

        return await reading;
    }

    private static WriteFilesRequest Head(string claim) => new() { Head = new WriteFilesHead { Claim = $"{BackupLab.Namespace}/{claim}" } };

    private static WriteFilesRequest End(int files) => new() { End = new FilesEnd { Files = (ulong)files } };

    private static WriteFilesRequest Directory(string path) => new()
    {
        File = new FileEntry { Path = ByteString.CopyFromUtf8(path), Type = Waybill.Backup.Wire.FileType.Directory, Mode = 0x1ED },
    };

    private static WriteFilesRequest Regular(string path, ulong size) => new()
    {
        File = new FileEntry { Path = ByteString.CopyFromUtf8(path), Type = Waybill.Backup.Wire.FileType.Regular, Size = size },
    };

    private static WriteFilesRequest Piece(ulong offset, string text) => new()
    {
        Chunk = new Chunk
        {
            Offset = offset, Length = (ulong)text.Length, Kind = RangeKind.Data, Data = ByteString.CopyFromUtf8(text), Sha256 = ByteString.CopyFrom(Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).ToByteArray()),
        },
    };

    private static WriteFilesRequest Changed(Action<FileEntry> change)
    {
        WriteFilesRequest request = Regular("a", 1);
        change(request.File);
        return request;
    }

    private static WriteFilesRequest Changed(WriteFilesRequest request, Action<Chunk> change)
    {
        change(request.Chunk);
        return request;
    }
}
