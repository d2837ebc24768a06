using System.Collections.Immutable;
using System.Text;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Testing;

namespace Waybill.Samples.Definitions.Tests;

/// <summary>Definitions into bundles and back, with the data of their volumes.</summary>
public sealed class BundleTests
{
    [Fact]
    public async Task Compose_ProtectedAndRestored_IsTheSameByteForByte()
    {
        using var lab = new DefinitionLab();
        VolumeId database = lab.AddDisk("db", 1);
        VolumeId uploads = lab.AddTree("uploads", "public/one.jpg");
        byte[] before = lab.ReadDisk(database);
        byte[] vhost = "server { listen 8443 ssl; }\n"u8.ToArray();
        byte[] password = [0, 1, 254, 255, 10];
        DefinedApplication shop = ComposeApplication.Read(TestDocument.Bytes("shop.yaml"), new ComposeOptions
        {
            Host = "docker-3",
            Files = ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty.Add("./nginx/vhost.conf", vhost).Add("./secrets/db_password.txt", password),
            Volumes = new VolumeTable().AddDockerVolume("shop_db-data", "array", database).AddDockerVolume("shop-uploads", "array", uploads),
        });

        ProtectResult point = await lab.ProtectAsync(shop);

        await using BundleReader reader = await lab.OpenAsync(point);
        List<ResourceObject> open = await ReadAsync(reader, secrets: false);
        List<ResourceObject> secret = await ReadAsync(reader, secrets: true);
        Assert.Equal(vhost, Assert.Single(open).Content.ToArray());
        Assert.Equal(["Project shop", "Secret db_password"], secret.Select(r => $"{DefinitionKind.Of(r).Kind} {DefinitionKind.Of(r).Name}"));
        Assert.Equal(TestDocument.Bytes("shop.yaml"), secret[0].Content.ToArray());
        Assert.Equal(password, secret[1].Content.ToArray());

        RestoreResult restored = await new RestoreRunner(lab.Context).RunAsync(new RestoreRequest(
            point.BundleName,
            TrustPolicy.AcceptUnsigned,
            [
                new RestoreItem("db-data", new RestoreTarget.NewVolume("array", "db-again")),
                new RestoreItem("uploads", new RestoreTarget.NewVolume("array", "uploads-again")),
            ]));
        Assert.Equal(before, lab.ReadDisk(restored.Volumes[0].Volume));
        Assert.Equal("what stands in it"u8, lab.Platform.GetTree(restored.Volumes[1].Volume).Current.Read(FilePath.FromText("public/one.jpg"))!.Value.Span);
    }

    [Fact]
    public async Task Bundle_SaysYearsLater_WhoseDataThisIsAndWhatItLacks()
    {
        using var lab = new DefinitionLab();
        VolumeId content = lab.AddTree("content", "index.html");
        DefinedApplication app = EcsApplication.Read(TestDocument.Bytes("fargate.json"), new DefinitionOptions
        {
            ClusterId = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
            Volumes = new VolumeTable().AddEfs("fs-0aa11bb22cc33dd44", "array", content, accessPoint: "fsap-0123456789abcdef0"),
        });

        await using BundleReader reader = await lab.OpenAsync(await lab.ProtectAsync(app));

        BundleManifest manifest = reader.Manifest;
        Assert.Equal("webapp", manifest.Application.Name);
        Assert.Equal(app.Application.Origin, manifest.Application.Origin);
        Assert.Equal(
            app.Application.Tags.Select(t => $"{t.Key} {t.Source} {t.SourceReference} {t.Value}").Order(StringComparer.Ordinal),
            manifest.Tags.Select(t => $"{t.Key} {t.Source} {t.SourceReference} {t.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(4, manifest.Tags.Where(t => t.Key == "definition.gap").Select(t => t.SourceReference).Distinct().Count());
        Assert.NotNull(manifest.FindStream(StreamKind.FileMeta, "content"));
        Assert.NotNull(manifest.FindStream(StreamKind.Secrets, "secrets"));
        Assert.Null(manifest.FindStream(StreamKind.Resources, "resources"));
    }

    [Fact]
    public async Task NextRevision_OfATaskDefinition_ContinuesTheSameApplication()
    {
        using var lab = new DefinitionLab();
        VolumeId disk = lab.AddDisk("data", 3);
        DefinitionOptions options = new() { Volumes = new VolumeTable().AddHostPath("/ecs/data", "array", disk) };
        ProtectResult first = await lab.ProtectAsync(TestDocument.Ecs(Task(1), options));
        lab.Platform.GetDisk(disk).Write(0, "changed"u8);

        ProtectResult second = await lab.ProtectAsync(TestDocument.Ecs(Task(2), options));

        Assert.Equal(first.Manifest.Application.Id, second.Manifest.Application.Id);
        Assert.Equal(first.Manifest.Id, second.Manifest.Parent!.Id);
        Assert.Equal(new TagValue.Number(2), second.Manifest.Tags.Single(t => t.Key == "ecs.revision").Value);
        await using BundleReader reader = await lab.OpenAsync(second);
        ResourceObject resource = Assert.Single(await ReadAsync(reader, secrets: false));
        Assert.Equal(("ecs/v1", "TaskDefinition", "data", "2"), (resource.ApiVersion, resource.Kind, resource.Name, resource.ResourceVersion));
        Assert.Equal(Task(2), Encoding.UTF8.GetString(resource.Content.Span));
        StreamInfo stream = second.Manifest.FindStream(StreamKind.BlockVolume, "data")!;
        Assert.Equal("data/data", stream.Volume?.Claim);
        Assert.InRange(stream.DataBytes, 1, 64 * 1024);
    }

    [Fact]
    public async Task Bundle_OfAnApplicationWithoutMappedVolumes_StillHasItsDefinition()
    {
        using var lab = new DefinitionLab();
        DefinedApplication blog = ComposeApplication.Read(TestDocument.Bytes("wordpress.yaml"), new ComposeOptions { ProjectName = "blog" });
        DefinedApplication unheld = blog with { Application = blog.Application with { Policy = new ProtectPolicy { MinimumConsistency = ConsistencyLevel.Unknown } } };

        await using BundleReader reader = await lab.OpenAsync(await lab.ProtectAsync(unheld));

        Assert.Equal(TestDocument.Bytes("wordpress.yaml"), Assert.Single(await ReadAsync(reader, secrets: true)).Content.ToArray());
        Assert.Equal(2, reader.Manifest.Tags.Count(t => t.Key == "definition.gap" && t.Value.ToString()!.StartsWith("VolumeNotMapped", StringComparison.Ordinal)));
    }

    private static string Task(int revision) =>
        $$$"""
        {"taskDefinition":{"family":"data","revision":{{{revision}}},"containerDefinitions":[{"name":"c","image":"i","mountPoints":[{"sourceVolume":"data","containerPath":"/d"}]}],
        "volumes":[{"name":"data","host":{"sourcePath":"/ecs/data"}}]}}
        """;

    private static async Task<List<ResourceObject>> ReadAsync(BundleReader reader, bool secrets)
    {
        List<ResourceObject> resources = [];
        await foreach (ResourceObject resource in reader.ReadResourcesAsync(secrets))
        {
            resources.Add(resource);
        }

        return resources;
    }
}
