using Waybill.Bundles;

namespace Waybill.Samples.Definitions.Tests;

public sealed class EcsTests
{
    private static readonly DefinitionOptions s_options = new()
    {
        ClusterId = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
        Volumes = new VolumeTable().AddEfs("fs-0aa11bb22cc33dd44", "efs", new VolumeId("content"), accessPoint: "fsap-0123456789abcdef0"),
    };

    private static DefinedApplication WebApp() => EcsApplication.Read(TestDocument.Bytes("fargate.json"), s_options);

    [Fact]
    public void Read_SaysWhoTheApplicationIs()
    {
        DefinedApplication app = WebApp();

        const string Arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/webapp:7";
        Assert.Equal("webapp", app.Application.Name);
        Assert.Equal(
            new Origin { Platform = "ecs", ClusterId = s_options.ClusterId, ClusterName = "prod", Namespace = "123456789012/eu-west-1", Kind = "TaskDefinition", Uid = Arn },
            app.Application.Origin);
        Assert.Equal(["webapp=7"], app.TagsOf("ecs.revision"));
        Assert.Equal(new TagValue.Number(7), app.Application.Tags.Single(t => t.Key == "ecs.revision").Value);
        Assert.Equal(["webapp=arn:aws:iam::123456789012:role/webapp"], app.TagsOf("ecs.task-role"));
        Assert.Equal(["webapp=FARGATE"], app.TagsOf("ecs.launch-type"));
    }

    [Fact]
    public void Read_KeepsTheDefinitionAsItIs()
    {
        ResourceObject resource = Assert.Single(WebApp().Application.Resources);

        // A label holds a token, so the file is kept apart.
        Assert.True(resource.IsSecret);
        Assert.Equal(new DefinitionKind("ecs/v1", "TaskDefinition", "webapp"), DefinitionKind.Of(resource));
        Assert.Equal(TestDocument.Bytes("fargate.json"), resource.Content.ToArray());
        Assert.Equal(("123456789012/eu-west-1", "7", "application/json"), (resource.Namespace, resource.ResourceVersion, resource.MediaType));
        Assert.EndsWith("task-definition/webapp:7", resource.Uid, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WithoutSecretValues_KeepsTheDefinitionInTheOpen()
    {
        string clean = TestDocument.Text("fargate.json").Replace("t0ps3cret", "", StringComparison.Ordinal);

        ResourceObject resource = Assert.Single(TestDocument.Ecs(clean, s_options).Application.Resources);

        Assert.Equal(("ecs/v1", "TaskDefinition", "webapp", false), (resource.ApiVersion, resource.Kind, resource.Name, resource.IsSecret));
    }

    [Fact]
    public void Read_MapsAnAccessPoint_AndSaysHowItIsMounted()
    {
        DefinedApplication app = WebApp();

        Assert.Equal("efs/content as content", Assert.Single(app.Application.Volumes.Select(v => $"{v.Provider}/{v.Volume} as {v.Name}")));
        const string Content = "fs-0aa11bb22cc33dd44/fsap-0123456789abcdef0";
        Assert.Equal(
            ["file-system=fs-0aa11bb22cc33dd44", "access-point=fsap-0123456789abcdef0", "root-directory=/", "transit-encryption=ENABLED", "iam=ENABLED"], app.FactsOf(Content));
        Assert.Equal(["web:/var/www", "cache:/data:ro"], app.Volume(Content).Uses.Select(u => u.ToString()));
    }

    [Fact]
    public void Read_ReportsWhatIsNotProtected()
    {
        DefinedApplication app = WebApp();

        Assert.Equal(
            ["NotGiven containers/web", "NotKept containers/web/volumes/run", "NotKept volumes/scratch", "NotShown containers/web", "VolumeUnknown volumes/index"],
            app.Gaps.Select(g => $"{g.Kind} {g.Reference["ecs/v1/TaskDefinition/webapp/".Length..]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_TakesTagsOfTheCloud_AndLabelsOfContainers()
    {
        DefinedApplication app = WebApp();

        Assert.Equal(["webapp=4711"], app.TagsOf("CostCenter", TagSource.CloudTag));
        Assert.Equal(["webapp=webapp-prod"], app.TagsOf("aws:cloudformation:stack-name", TagSource.CloudTag));
        Assert.Equal(["containers/web=storefront"], app.TagsOf("org.example.team", TagSource.Label));
        Assert.Equal(["containers/cache=sha256:6784fb0834aa7dbbe12e3d7471e69c290df3e6ba810dc38b34ae33d3c1c05f7d"], app.TagsOf("image.digest"));
    }

    [Fact]
    public void Read_NamesDataOutside()
    {
        DefinedApplication app = WebApp();

        Assert.Equal(["containers/web=webapp.cluster-c1abcdefgh.eu-west-1.rds.amazonaws.com"], app.TagsOf("external.rds"));
        Assert.Equal(["containers/web=webapp-uploads/live, arn:aws:s3:::webapp-config"], app.TagsOf("external.s3"));
        Assert.Equal(["containers/web=fs-0aa11bb22cc33dd44.efs.eu-west-1.amazonaws.com"], app.TagsOf("external.efs"));
        Assert.Equal(["containers/web=arn:aws:dynamodb:eu-west-1:123456789012:table/webapp-sessions"], app.TagsOf("external.dynamodb"));
        Assert.Empty(app.TagsOf("external.cache"));
    }

    [Fact]
    public void Read_NamesSecrets_NeverTheirValuesOrPlaces()
    {
        DefinedApplication app = WebApp();

        Assert.Equal(["containers/web=DB_PASSWORD, API_TOKEN"], app.TagsOf("secret"));
        TestDocument.AssertNotShown(app, "secretsmanager");
        TestDocument.AssertNotShown(app, "/webapp/api-token");
        TestDocument.AssertNotShown(app, "t0ps3cret");
    }

    [Fact]
    public void Read_OfWhatWasRegistered_KnowsEveryKindOfVolume()
    {
        DefinedApplication app = TestDocument.Ecs(TestDocument.Text("registered.json"), new DefinitionOptions
        {
            Volumes = new VolumeTable()
                .AddHostPath("/ecs/reports", "host", new VolumeId("1"))
                .AddDockerVolume("shared", "ebs", new VolumeId("2"))
                .AddDockerVolume("nfs", "nas", new VolumeId("3"))
                .AddFsx("fs-0eeeeeeeeeeeeeeee", @"\reports", "fsx", new VolumeId("4"))
                .AddEfs("fs-0aa11bb22cc33dd44", "efs", new VolumeId("5"), rootDirectory: "/library"),
        });

        Assert.Equal(["host-data", "shared", "nfs", "share", "library"], app.Application.Volumes.Select(v => v.Name));
        Assert.Equal("volumes/per-task", Assert.Single(app.Gaps).Reference["ecs/v1/TaskDefinition/reports/".Length..]);
        Assert.Equal(["scope=shared", "driver=rexray/ebs", "option.volumetype=gp3", "option.size=20"], app.FactsOf("shared"));
        Assert.Equal(["volumes/shared=silver"], app.TagsOf("org.example.class", TagSource.Label));
        Assert.Equal(["reports=finance"], app.TagsOf("owner", TagSource.CloudTag));
        Assert.Equal(("", "", ""), (app.Application.Origin.Uid, app.Application.Origin.Namespace, app.Application.Resources[0].ResourceVersion));
        TestDocument.AssertNotShown(app, "hunter2");
        TestDocument.AssertNotShown(app, "secret:ad-Xyz");
    }

    [Fact]
    public void Table_OfAWholeFileSystem_DoesNotStandForAPartOfIt()
    {
        DefinedApplication app = TestDocument.Ecs(TestDocument.Text("registered.json"), new DefinitionOptions
        {
            Volumes = new VolumeTable().AddEfs("fs-0aa11bb22cc33dd44", "efs", new VolumeId("everything")),
        });

        Assert.Empty(app.Application.Volumes);
        Assert.Contains(app.GapsOf(DefinitionGapKind.VolumeNotMapped), gap => gap.Reference.EndsWith("volumes/library", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"services":[]}""", "not a task definition")]
    [InlineData("""{"family":"a"}""", "not a task definition")]
    [InlineData("""{"family":"a/b","containerDefinitions":[]}""", "not a name of a family")]
    [InlineData("""{"family":"a","containerDefinitions":{}}""", "is not a list")]
    [InlineData("""{"family":"a","containerDefinitions":[{"image":"i"}]}""", "has no name")]
    [InlineData("""{"family":"a","containerDefinitions":[{"name":"c"}]}""", "has no image")]
    [InlineData("""{"family":"a","containerDefinitions":[{"name":"c","image":"i"},{"name":"c","image":"i"}]}""", "two containers 'c'")]
    [InlineData("""{"family":"a","containerDefinitions":[{"name":"c","image":"i","mountPoints":[{"sourceVolume":"v"}]}]}""", "no volume 'v'")]
    [InlineData("""{"family":"a","containerDefinitions":[{"name":"c","image":"i","volumesFrom":[{"sourceContainer":"d"}]}]}""", "no container 'd'")]
    [InlineData("""{"family":"a","containerDefinitions":[],"volumes":[{"name":"v"},{"name":"v"}]}""", "two volumes 'v'")]
    [InlineData("""{"family":"a","containerDefinitions":[],"volumes":[{"name":"v","efsVolumeConfiguration":{}}]}""", "does not say of which")]
    [InlineData("""{"family":"a","containerDefinitions":[],"volumes":[{"name":"v","efsVolumeConfiguration":{"fileSystemId":"f"},"dockerVolumeConfiguration":{"scope":"task"}}]}""", "of two kinds")]
    [InlineData("""{"family":"a","containerDefinitions":[],"volumes":[{"name":"v","efsVolumeConfiguration":{"fileSystemId":"f","rootDirectory":"/x","authorizationConfig":{"accessPointId":"p"}}}]}""", "takes one of them")]
    [InlineData("""{"family":"a","containerDefinitions":[],"revision":-1}""", "not a number above 0")]
    [InlineData("""{"family":"a","containerDefinitions":[],"taskDefinitionArn":"arn:x"}""", "not the ARN")]
    [InlineData("""{"family":"a","family":"b","containerDefinitions":[]}""", "'family' is set twice")]
    [InlineData("""{"family":"a","containerDefinitions":[]} {}""", "not valid JSON")]
    [InlineData("""{"family":"a",""", "not valid JSON")]
    [InlineData("family: a", "not valid JSON")]
    public void Read_OfWhatIsNoTaskDefinition_IsRefused(string file, string reason)
    {
        WaybillException error = Assert.Throws<WaybillException>(() => TestDocument.Ecs(file));

        Assert.Equal(WaybillErrorCode.ResourceInvalid, error.Code);
        Assert.Equal("task-definition.json", error.ObjectName);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfAVolumeWithoutARule_ReportsIt()
    {
        DefinedApplication app = TestDocument.Ecs("""{"family":"a","containerDefinitions":[],"volumes":[{"name":"v","orbitVolumeConfiguration":{"id":"1"}}]}""");

        Assert.Contains("orbitVolumeConfiguration", Assert.Single(app.GapsOf(DefinitionGapKind.NotUnderstood)).Reason, StringComparison.Ordinal);
    }
}
