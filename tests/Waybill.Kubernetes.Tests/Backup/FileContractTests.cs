using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Bundles;

namespace Waybill.Kubernetes.Tests.Backup;

/// <summary>What a caller of the backup API must not believe of files, over a real wire (docs/spec/backup-api.md, section 8).</summary>
public sealed class FileContractTests
{
    private static readonly FileTreeEntry s_small = new() { Path = FilePath.FromText("a"), Type = FileType.Regular, Size = 8 };
    private static readonly FileTreeEntry s_large = new() { Path = FilePath.FromText("a"), Type = FileType.Regular, Size = 5 << 20 };

    private static readonly Dictionary<string, ListFilesResponse[]> s_lists = new()
    {
        ["no end"] = [List("", "a")],
        ["nothing"] = [],
        ["another count"] = [List("", "a"), End(1)],
        ["two ends"] = [List("", "a"), End(2), End(2)],
        ["more behind the end"] = [List(""), End(1), List("a")],
        ["no root"] = [List("a", "b"), End(2)],
        ["the wrong order"] = [List("", "b", "a"), End(3)],
        ["the wrong order across messages"] = [List("", "b"), List("a"), End(3)],
        ["a name twice"] = [List("", "a", "a"), End(3)],
        ["the root twice"] = [List("", ""), End(2)],
        ["a way out"] = [List("", "../a"), End(2)],
        ["an absolute name"] = [List("", "/a"), End(2)],
        ["an unknown type"] = [List(""), Changed(file => file.Type = 0), End(2)],
        ["a size beyond all"] = [List(""), Changed(file => file.Size = ulong.MaxValue), End(2)],
        ["an attribute without a name"] = [List(""), Changed(file => file.Attributes.Add(new FileAttribute())), End(2)],
        ["attributes in no order"] = [List(""), Changed(file => file.Attributes.AddRange([Attribute("b"), Attribute("a")])), End(2)],
        ["a gap of nothing"] = [List(""), Changed(file => file.Gaps.Add(new Waybill.Backup.Wire.FileGap())), End(2)],
        ["neither"] = [new ListFilesResponse(), End(0)],
    };

    private static readonly Dictionary<string, ReadFileResponse[]> s_files = new()
    {
        ["no end"] = [Piece(0, "good")],
        ["nothing"] = [],
        ["more behind the end"] = [Piece(0, "good"), End(4, null), Piece(4, "more")],
        ["another count"] = [Piece(0, "good"), End(5, null)],
        ["outside"] = [Piece(6, "good"), End(4, null)],
        ["beyond any number"] = [new ReadFileResponse { Chunk = new Chunk { Offset = ulong.MaxValue, Length = 2, Kind = RangeKind.Data } }],
        ["backwards"] = [Piece(4, "good"), Piece(0, "good"), End(8, null)],
        ["over each other"] = [Piece(0, "good"), Piece(2, "good"), End(8, null)],
        ["empty"] = [Piece(0, ""), End(0, null)],
        ["short data"] = [Changed(Piece(0, "good"), chunk => chunk.Length = 5), End(4, null)],
        ["zeros with data"] = [Changed(Piece(0, "good"), chunk => chunk.Kind = RangeKind.Zero), End(4, null)],
        ["ranges instead"] = [new ReadFileResponse { Ranges = new Ranges { Ranges_ = { new Waybill.Backup.Wire.Range { Length = 1 } } } }, End(0, null)],
        ["an end before what came"] = [Piece(0, "good"), End(4, 2)],
        ["an end behind what was asked for"] = [Piece(0, "good"), End(4, 9)],
        ["neither"] = [new ReadFileResponse()],
    };

    public static TheoryData<string> Lists => [.. s_lists.Keys];

    public static TheoryData<string> Contents => [.. s_files.Keys];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task List_ThatBreaksTheContract_Fails(string breach)
    {
        await using RawGrpcServer server = await RawGrpcServer.StartAsync(_ => new RawAnswer(s_lists[breach]));
        using BackupClient client = Connect(server);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.OpenTree("shop", "monday").ListAsync().ToListAsync());

        Assert.Equal(WaybillErrorCode.DeltaInvalid, error.Code);
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public async Task File_ThatBreaksTheContract_Fails(string breach)
    {
        await using RawGrpcServer server = await RawGrpcServer.StartAsync(_ => new RawAnswer(s_files[breach]));
        using BackupClient client = Connect(server);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.OpenTree("shop", "monday").OpenAsync(s_small));

        Assert.Equal((WaybillErrorCode.DeltaInvalid, true), (error.Code, error.IsTransient));
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied, "There is no such object", false)]
    [InlineData(StatusCode.Internal, "The service failed", false)]
    [InlineData(StatusCode.Unimplemented, "", false)]
    [InlineData(StatusCode.Internal, "WB1601: Permission denied", true)]
    public async Task Bundle_HasGapsOfFilesThatCannotBeRead_AndIsNotMadeIfTheServerDoesNotAnswer(StatusCode status, string detail, bool isOfTheFile)
    {
        ListFilesResponse listed = List("", "a");
        listed.Files.Files[1].Size = 4;
        await using RawGrpcServer server = await RawGrpcServer.StartAsync(call => call.Method == "ListFiles" ? new RawAnswer(listed, End(2)) : new RawAnswer { Status = (int)status, Detail = detail });
        using BackupClient client = Connect(server);
        await using BundleWriter writer = await BundleWriter.CreateAsync(new MemoryStream(), new BundleDescription(new ApplicationIdentity(AppId.New(), "shop")));

        Task<IReadOnlyList<StreamInfo>> adding = writer.AddFileTreeAsync("files", client.OpenTree("shop", "monday"));

        if (isOfTheFile)
        {
            Assert.Equal(1, (await adding)[1].GapCount);
        }
        else
        {
            await Assert.ThrowsAsync<ProviderException>(() => adding);
        }
    }

    [Fact]
    public async Task Content_WithAnotherDigest_IsNotTaken()
    {
        ReadFileResponse[] answer = [Changed(Piece(0, "good"), chunk => chunk.Sha256 = ByteString.CopyFrom(new byte[32])), End(4, null)];
        await using RawGrpcServer server = await RawGrpcServer.StartAsync(_ => new RawAnswer(answer));
        using BackupClient client = Connect(server);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.OpenTree("shop", "monday").OpenAsync(s_small));

        Assert.Equal(WaybillErrorCode.DigestMismatch, error.Code);
    }

    [Fact]
    public async Task File_ThatBecameShorter_EndsThere_AndSaysSo()
    {
        var change = new Waybill.Backup.Wire.FileGap { What = "stability", Reason = "it changed" };
        ReadFileResponse end = End(4, 4);
        end.End.Change = change;
        await using RawGrpcServer server = await RawGrpcServer.StartAsync(_ => new RawAnswer(Piece(0, "good"), end));
        using BackupClient client = Connect(server);

        await using FileContent file = await client.OpenTree("shop", "monday").OpenAsync(s_small);
        var bytes = new byte[8];

        Assert.Equal(4, await file.ReadAsync(0, bytes));
        Assert.Equal("good"u8, bytes.AsSpan(0, 4));
        Assert.Equal(0, await file.ReadAsync(6, bytes));
        Assert.Equal("it changed", (await file.FindChangeAsync())!.Reason);
    }

    [Fact]
    public async Task LargeFile_IsAskedForInParts_AndForWhereItHasHoles()
    {
        var asked = new List<ReadFileRequest>();
        await using RawGrpcServer server = await RawGrpcServer.StartAsync(call =>
        {
            ReadFileRequest request = ReadFileRequest.Parser.ParseFrom(call.Message.Span);
            asked.Add(request);
            Waybill.Backup.Wire.Range[] ranges = [new() { Offset = 4096, Length = 8192, Kind = RangeKind.Data }, new() { Offset = 12288, Length = 10, Kind = RangeKind.Data }];
            return request.RangesOnly && request.StartingOffset == 0
                ? new RawAnswer(new ReadFileResponse { Ranges = new Ranges { Ranges_ = { ranges } } }, End(0, null))
                : request.RangesOnly ? new RawAnswer(End(0, null)) : new RawAnswer(Piece(request.StartingOffset + 1, "x"), End(1, null));
        });
        using BackupClient client = Connect(server);

        await using FileContent file = await client.OpenTree("shop", "monday").OpenAsync(s_large);
        List<ByteRange> ranges = await file.GetDataRangesAsync().ToListAsync();
        var bytes = new byte[100];
        int read = await file.ReadAsync(4096, bytes);
        FileGap? change = await file.FindChangeAsync();

        Assert.Equal([new ByteRange(4096, 8202)], ranges);
        Assert.Equal((100, 0, (byte)'x', null), (read, bytes[0], bytes[1], change));
        Assert.Equal(3, asked.Count);
        Assert.True(asked[1].EndingOffset - asked[1].StartingOffset < 1 << 20, "more was asked for than was needed");
    }

    private static BackupClient Connect(RawGrpcServer server) => BackupClient.Connect(new BackupClientOptions(server.Address, server.Authority, (_, _) => ValueTask.FromResult("token"))
    {
        TimeProvider = new HastyTimeProvider(),
    });

    private static ListFilesResponse List(params string[] paths) => new()
    {
        Files = new FileList { Files = { paths.Select(path => new FileEntry { Path = ByteString.CopyFromUtf8(path), Type = path.Length == 0 ? Waybill.Backup.Wire.FileType.Directory : Waybill.Backup.Wire.FileType.Regular }) } },
    };

    private static ListFilesResponse End(ulong files) => new() { End = new FilesEnd { Files = files } };

    private static ReadFileResponse End(ulong bytes, ulong? at)
    {
        var end = new FileEnd { Bytes = bytes };
        if (at is { } known)
        {
            end.EndsAt = known;
        }

        return new ReadFileResponse { End = end };
    }

    private static ListFilesResponse Changed(Action<FileEntry> change)
    {
        ListFilesResponse list = List("a");
        change(list.Files.Files[0]);
        return list;
    }

    private static ReadFileResponse Changed(ReadFileResponse response, Action<Chunk> change)
    {
        change(response.Chunk);
        return response;
    }

    private static FileAttribute Attribute(string name) => new() { Name = ByteString.CopyFromUtf8(name) };

    private static ReadFileResponse Piece(ulong offset, string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return new ReadFileResponse
        {
            Chunk = new Chunk { Offset = offset, Length = (ulong)bytes.Length, Kind = RangeKind.Data, Data = ByteString.CopyFrom(bytes), Sha256 = ByteString.CopyFrom(SHA256.HashData(bytes)) },
        };
    }
}
