using System.Collections.Immutable;
using System.Text;
using Waybill.Bundles;

namespace Waybill.Samples.Definitions.Tests;

public sealed class ComposeTests
{
    private static readonly ComposeOptions s_options = new()
    {
        ProjectDirectory = "/srv/shop",
        Host = "docker-3.example.org",
        Variables = ImmutableDictionary<string, string>.Empty.Add("DB_PASSWORD", "correct horse/battery"),
        ImageDigests = ImmutableDictionary<string, string>.Empty.Add("redis:7", "sha256:" + new string('a', 64)),
        Files = ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty
            .Add("app.env", "API_KEY=4f2a\n"u8.ToArray())
            .Add("./nginx/vhost.conf", "server { listen 8443 ssl; }\n"u8.ToArray())
            .Add("./secrets/db_password.txt", "correct horse battery\n"u8.ToArray())
            .Add(".env", "DB_PASSWORD=correct horse battery\n"u8.ToArray()),
        Volumes = new VolumeTable()
            .AddDockerVolume("shop_db-data", "array", new VolumeId("lun-7"))
            .AddDockerVolume("shop-uploads", "files", new VolumeId("uploads"))
            .AddHostPath("/srv/shop/nginx", "files", new VolumeId("nginx")),
    };

    private static DefinedApplication Shop() => ComposeApplication.Read(TestDocument.Bytes("shop.yaml"), s_options);

    [Fact]
    public void Read_SaysWhoTheApplicationIs()
    {
        DefinedApplication shop = Shop();

        Assert.Equal("shop", shop.Application.Name);
        Assert.Equal(new Origin { Platform = "docker-compose", Namespace = "shop", Kind = "Project", Host = "docker-3.example.org" }, shop.Application.Origin);
    }

    [Fact]
    public void Read_MapsTheVolumesOfTheTable_UnderNamesThatStay()
    {
        DefinedApplication shop = Shop();

        Assert.Equal(["array/lun-7", "files/uploads", "files/nginx"], shop.Application.Volumes.Select(v => $"{v.Provider}/{v.Volume}"));
        Assert.Equal(["db-data", "uploads"], shop.Application.Volumes.Take(2).Select(v => v.Name));
        Assert.Matches("^srv-shop-nginx-[0-9a-f]{8}$", shop.Application.Volumes[2].Name);
        Assert.Equal("shop/db-data", shop.Application.Volumes[0].Facts.Claim);
    }

    [Fact]
    public void Read_OfVolumes_SaysWhereTheyAreUsedAndWhatTheyAre()
    {
        DefinedApplication shop = Shop();

        Assert.Equal(["web:/usr/share/nginx/html:ro", "app:/srv/static"], shop.Volume("shop_static").Uses.Select(u => u.ToString()));
        Assert.Equal(["external=true", "subpath=public"], shop.FactsOf("shop-uploads"));
        Assert.Equal(["driver=local", "option.type=nfs", "option.o=addr=10.0.0.5,rw,nfsvers=4", "option.device=:/export/shop"], shop.FactsOf("shop_backups"));
        Assert.Equal(["web:/etc/nginx/conf.d:ro"], shop.Volume("/srv/shop/nginx").Uses.Select(u => u.ToString()));
        Assert.Equal(["unused=true"], shop.FactsOf("shop_old-data"));
        Assert.Contains("volumes/db-data=kind=DockerVolume, source=shop_db-data, stream=db-data, mount=db:/var/lib/postgresql/data", shop.TagsOf("volume"));
    }

    [Fact]
    public void Read_ReportsEveryVolumeThatIsNotProtected()
    {
        DefinedApplication shop = Shop();

        Assert.Equal(
            ["volumes/backups", "volumes/old-data", "volumes/static"],
            shop.GapsOf(DefinitionGapKind.VolumeNotMapped).Select(g => g.Reference["compose-spec/v1/Project/shop/".Length..]).Order(StringComparer.Ordinal));
        Assert.Equal(["services/app/volumes/srv/cache"], shop.GapsOf(DefinitionGapKind.VolumeUnknown).Select(g => g.Reference["compose-spec/v1/Project/shop/".Length..]));
        Assert.Equal(
            ["services/app/volumes/run/app", "services/app/volumes/srv/tmp", "services/web/volumes/var/run/docker.sock"],
            shop.GapsOf(DefinitionGapKind.NotKept).Select(g => g.Reference["compose-spec/v1/Project/shop/".Length..]).Order(StringComparer.Ordinal));
        Assert.Equal(shop.Volumes.Length, shop.Application.Volumes.Length + 3 + 1 + 3);
        Assert.All(shop.Gaps, gap => Assert.Contains(shop.Application.Tags, t => t.Key == "definition.gap" && t.SourceReference == gap.Reference && t.Value.ToString()!.Contains(gap.Reason, StringComparison.Ordinal)));
    }

    [Fact]
    public void Read_TakesLabelsOfEitherForm_WithWhatCarriedThem()
    {
        DefinedApplication shop = Shop();

        Assert.Equal(["services/web=storefront", "services/app=storefront"], shop.TagsOf("org.example.team", TagSource.Label));
        Assert.Equal(["services/web=1"], shop.TagsOf("org.example.tier", TagSource.Label));
        Assert.Equal(["services/app=2.14.0"], shop.TagsOf("org.example.version", TagSource.Label));
        Assert.Equal(["services/db/deploy=nightly"], shop.TagsOf("org.example.backup", TagSource.Label));
        Assert.Equal(["volumes/db-data=gold"], shop.TagsOf("org.example.class", TagSource.Label));
        Assert.Equal(["networks/default=10"], shop.TagsOf("org.example.net", TagSource.Label));
    }

    [Fact]
    public void Read_NamesImagesWithTheirDigests()
    {
        DefinedApplication shop = Shop();

        Assert.Contains("services/worker=registry.example.org/shop/app:2.14.0", shop.TagsOf("image"));
        Assert.Equal(
            ["services/web=sha256:6784fb0834aa7dbbe12e3d7471e69c290df3e6ba810dc38b34ae33d3c1c05f7d", "services/cache=sha256:" + new string('a', 64)], shop.TagsOf("image.digest"));
    }

    [Fact]
    public void Read_NamesDataOutside_NotWhatIsInside()
    {
        DefinedApplication shop = Shop();

        Assert.Equal(
            ["services/app=archive.c1abcdefgh.eu-west-1.rds.amazonaws.com:5432/orders", "services/worker=archive.c1abcdefgh.eu-west-1.rds.amazonaws.com:5432/orders"],
            shop.TagsOf("external.rds"));
        Assert.Equal("services/app=shop-media-eu", shop.TagsOf("external.bucket")[0]);
        Assert.Empty(shop.TagsOf("external.database"));
    }

    [Fact]
    public void Read_NamesSecrets_NeverTheirValues()
    {
        DefinedApplication shop = Shop();

        Assert.Equal(["services/app=db_password, stripe_key", "services/db=db_password"], shop.TagsOf("secret"));
        TestDocument.AssertNotShown(shop, "correct horse");
        TestDocument.AssertNotShown(shop, "battery");
        TestDocument.AssertNotShown(shop, "apr1");
        TestDocument.AssertNotShown(shop, "4f2a");
        Assert.Contains(shop.GapsOf(DefinitionGapKind.NotShown), gap => gap.Reason.Contains("basicauth", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_KeepsEveryFileAsItIs_AndSecretsApart()
    {
        DefinedApplication shop = Shop();

        Assert.Equal(
            [
                "Secret v1 shop: compose-spec/v1 Project shop",
                "Secret v1 app.env: compose-spec/v1 EnvFile app.env",
                "Config compose-spec/v1 vhost: compose-spec/v1 Config vhost",
                "Secret v1 db_password: compose-spec/v1 Secret db_password",
                "Secret v1 .env: compose-spec/v1 EnvFile .env",
            ],
            shop.Application.Resources.Select(r => $"{r.Kind} {r.ApiVersion} {r.Name}: {DefinitionKind.Of(r).ApiVersion} {DefinitionKind.Of(r).Kind} {DefinitionKind.Of(r).Name}"));
        Assert.Equal(TestDocument.Bytes("shop.yaml"), shop.Application.Resources[0].Content.ToArray());
        Assert.Equal("./secrets/db_password.txt", Encoding.UTF8.GetString(shop.Application.Resources[3].OriginName.Span));
        Assert.Equal(new ResourceOwner("compose-spec/v1", "Project", "shop", "", IsController: true), Assert.Single(shop.Application.Resources[2].Owners));
    }

    [Fact]
    public void Read_SaysWhatWasNotGiven()
    {
        DefinedApplication shop = ComposeApplication.Read(TestDocument.Bytes("shop.yaml"));

        string[] reasons = [.. shop.GapsOf(DefinitionGapKind.NotGiven).Select(g => g.Reason)];
        Assert.Contains("The env file 'app.env' was not given.", reasons);
        Assert.Contains("The env file 'local.env' was not given.", reasons);
        Assert.Contains("Its file './nginx/vhost.conf' was not given.", reasons);
        Assert.Contains("Its file './secrets/db_password.txt' was not given.", reasons);
        Assert.Contains("Its value is a variable of whoever starts the project.", reasons);
        Assert.Contains("Values of variables are not in the file, and '.env' was not given.", reasons);
        Assert.Equal(["shop=DB_PASSWORD, TAG"], shop.TagsOf("compose.variables"));

        // Without the password the address is still read, and the path stays as the file has it.
        Assert.NotEmpty(shop.TagsOf("external.rds"));
        Assert.Contains(shop.Volumes, volume => volume.Source == "./nginx");
    }

    [Fact]
    public void Read_OfAFileWithPasswords_KeepsTheWholeFileAsASecret()
    {
        byte[] file = TestDocument.Bytes("wordpress.yaml");

        DefinedApplication wordpress = ComposeApplication.Read(file, new ComposeOptions { ProjectName = "blog" });

        ResourceObject resource = Assert.Single(wordpress.Application.Resources);
        Assert.True(resource.IsSecret);
        Assert.Equal(new DefinitionKind("compose-spec/v1", "Project", "blog"), DefinitionKind.Of(resource));
        Assert.Equal(file, resource.Content.ToArray());
        Assert.Equal(["blog_db_data", "blog_wp_data"], wordpress.Volumes.Select(v => v.Source));
        TestDocument.AssertNotShown(wordpress, "somewordpress");
    }

    [Fact]
    public void Read_OfAFileWithoutPasswords_KeepsItInTheOpen_UnlessAskedNotTo()
    {
        const string File = "services: {web: {image: nginx}}";

        ResourceObject open = Assert.Single(TestDocument.Compose(File).Application.Resources);
        ResourceObject closed = Assert.Single(TestDocument.Compose(File, new ComposeOptions { ProjectName = "test", KeepAllSecret = true }).Application.Resources);

        Assert.Equal(("compose-spec/v1", "Project", "test", false), (open.ApiVersion, open.Kind, open.Name, open.IsSecret));
        Assert.True(closed.IsSecret);
    }

    [Fact]
    public void Read_TakesTheProjectsName_FromOptionsThenVariablesThenTheFile()
    {
        const string File = "name: c\nservices: {web: {image: nginx}}";
        var variables = new ComposeOptions { Variables = ImmutableDictionary<string, string>.Empty.Add("COMPOSE_PROJECT_NAME", "b") };

        Assert.Equal("a", TestDocument.Compose(File, variables with { ProjectName = "a" }).Application.Name);
        Assert.Equal("b", TestDocument.Compose(File, variables).Application.Name);
        Assert.Equal("c", TestDocument.Compose(File, new ComposeOptions()).Application.Name);
        Assert.Equal("mine", TestDocument.Compose(File, new ComposeOptions { ApplicationName = "mine" }).Application.Name);
    }
}
