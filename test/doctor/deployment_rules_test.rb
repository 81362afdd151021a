# frozen_string_literal: true

require "minitest/autorun"
require "open3"
require_relative "../support/deployed_app"

# Each rule of what runs the app: the fault is found where it stands, and nothing where it does not.
class DeploymentRulesTest < Minitest::Test
  include DeployedApp

  RULES = %w[production_environment malloc gc_environment bootsnap_cache cable_server redis_maxmemory resident_parent resident_require].freeze

  def test_an_app_with_nothing_to_find
    assert_finds [], {}
  end

  def test_fresh_apps
    ["7.2", "8.1"].each do |version|
      found = findings(fresh(version))
      # True of it, and nothing else is.
      assert_equal [["gc_environment", "trade"]], found.map { |one| [one.rule, one.level] }, version
      assert_equal "Dockerfile", found.first.file
      assert_match(/\AFROM base/, line_of(fresh(version)["Dockerfile"], found.first.line))
      assert_equal 4, found.first.stake.variant.variables.size
    end
  end

  def test_no_deployment_no_findings
    assert_finds [], {"Dockerfile" => nil}
  end

  def test_production_environment
    assert_finds [["production_environment", "Dockerfile:16"]], "Dockerfile" => dockerfile("RAILS_ENV=\"production\" \\\n    ", "")
    assert_finds [["production_environment", "Dockerfile:6"]], "Dockerfile" => dockerfile("RAILS_ENV=\"production\"", "RAILS_ENV=\"development\"")
    assert_finds [["production_environment", "Dockerfile:13"]], "Dockerfile" => dockerfile("BUNDLE_WITHOUT=\"development:test\" \\\n    ", "")
    # As good
    assert_finds [], "Dockerfile" => dockerfile("RAILS_ENV=\"production\" \\\n    ", "", "[\"./bin/rails\", \"server\"]", "[\"./bin/rails\", \"server\", \"-e\", \"production\"]")
    assert_finds [], "Dockerfile" => dockerfile("RAILS_ENV", "RACK_ENV")
    assert_finds [], "Dockerfile" => dockerfile("RAILS_ENV=\"production\"", "RAILS_ENV=\"staging\"")
    assert_finds [], "Dockerfile" => dockerfile("BUNDLE_WITHOUT=\"development:test\" \\\n    ", "", "RUN bundle install", "RUN bundle config set --local without 'development test' && bundle install")
    assert_finds [], "Dockerfile" => dockerfile("BUNDLE_WITHOUT=\"development:test\" \\\n    ", "", "RUN bundle install", "RUN BUNDLE_WITHOUT=development:test bundle install")
    assert_finds [], "Dockerfile" => dockerfile("BUNDLE_WITHOUT=\"development:test\" \\\n    ", ""), "Gemfile" => "gem \"rails\"\n"
    # Not known
    assert_finds [], "Dockerfile" => dockerfile("RAILS_ENV=\"production\" \\\n    ", "", "FROM ruby:3.3.8-slim", "FROM example.com/ours:1")
    assert_finds [], "Dockerfile" => dockerfile("RAILS_ENV=\"production\" \\\n    ", ""), "k8s/web.yaml" => "kind: Deployment\n"
    assert_finds [], {"Dockerfile" => dockerfile("RAILS_ENV=\"production\" \\\n    ", ""), "web.env" => "RAILS_ENV=production\n"}, "web.env"
    assert_finds [], "Dockerfile" => nil, "Procfile" => "web: bundle exec puma\n"
    assert_finds [["production_environment", "Procfile:1"]], "Dockerfile" => nil, "Procfile" => "web: RAILS_ENV=development bundle exec puma\n"
  end

  def test_malloc
    without = ["RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO=\"0.15\" \\\n    LD_PRELOAD=\"libjemalloc.so.2\"", "RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO=\"0.15\""]
    not_there = ["curl libjemalloc2", "curl"]
    found = assert_finds [["malloc", "Dockerfile:4"]], "Dockerfile" => dockerfile(*without)
    assert_match(/installed, and nothing loads it/, found.first.problem)
    found = assert_finds [["malloc", "Dockerfile:11"]], "Dockerfile" => dockerfile(*not_there)
    assert_match(/which the image does not have/, found.first.problem)
    found = assert_finds [["malloc", "Dockerfile:11"]], "Dockerfile" => dockerfile("\"libjemalloc.so.2\"", "\"/usr/lib/*/libjemalloc.so.2\"")
    assert_match(/pattern/, found.first.problem)
    found = assert_finds [["malloc", "Dockerfile:12"]], "Dockerfile" => dockerfile("LD_PRELOAD=\"libjemalloc.so.2\"", "LD_PRELOAD=\"libjemalloc.so.2\" \\\n    MALLOC_ARENA_MAX=2")
    assert_match(/MALLOC_ARENA_MAX has no effect: the process runs with jemalloc/, found.first.problem)
    found = assert_finds [["malloc", "Dockerfile:11"]], "Dockerfile" => dockerfile(*not_there, "LD_PRELOAD=\"libjemalloc.so.2\"", "MALLOC_CONF=\"narenas:1\" MALLOC_ARENA_MAX=2")
    assert_match(/MALLOC_CONF has no effect/, found.first.problem)
    found = assert_finds [["malloc", "Dockerfile:11"]], "Dockerfile" => dockerfile(*not_there, "LD_PRELOAD=\"libjemalloc.so.2\"", "MALLOC_ARENA_MAX=two")
    assert_match(/no whole number/, found.first.problem)
    found = assert_finds [["malloc", "Dockerfile:16"]], "Dockerfile" => dockerfile(*not_there, *without)
    assert_equal [["trade", {"MALLOC_ARENA_MAX" => "2"}]], found.map { |one| [one.level, one.stake.variant.variables] }
    # As good
    assert_finds [], "Dockerfile" => dockerfile(*not_there, *without), "config/puma.rb" => "threads 1, 1\n"
    assert_finds [], "Dockerfile" => dockerfile(*not_there, "LD_PRELOAD=\"libjemalloc.so.2\"", "MALLOC_ARENA_MAX=2")
    assert_finds [], "Dockerfile" => dockerfile(*not_there, "LD_PRELOAD=\"libjemalloc.so.2\"", "GLIBC_TUNABLES=glibc.malloc.arena_max=2")
    assert_finds [], "Dockerfile" => dockerfile(*without, "[\"./bin/rails\", \"server\"]", "LD_PRELOAD=libjemalloc.so.2 ./bin/rails server")
    assert_finds [], "Dockerfile" => dockerfile("curl libjemalloc2", "redis-server")
    assert_finds [], "Dockerfile" => dockerfile(*not_there, "WORKDIR /rails", "WORKDIR /rails\nRUN curl -L https://example.com/jemalloc.tar.bz2 | tar xj && make install")
    assert_finds [], "Dockerfile" => dockerfile(*not_there, "WORKDIR /rails", "WORKDIR /rails\nRUN curl https://example.com/setup | bash")
    assert_finds [], "Dockerfile" => dockerfile(*without, "WORKDIR /rails", "WORKDIR /rails\nRUN echo /usr/lib/x86_64-linux-gnu/libjemalloc.so.2 > /etc/ld.so.preload")
    # musl has no arenas
    assert_finds [], "Dockerfile" => dockerfile("ruby:3.3.8-slim", "ruby:3.3-alpine", *not_there, *without)
    found = assert_finds [["malloc", "web.env:1"]], {"Dockerfile" => dockerfile("ruby:3.3.8-slim", "ruby:3.3-alpine", *not_there, *without), "web.env" => "MALLOC_ARENA_MAX=2\n"}, "web.env"
    assert_match(/musl/, found.first.problem)
  end

  def test_gc_environment
    {
      "RUBY_GC_HEAP_INIT_SLOTS=100000" => /Ruby 3\.3 does not read RUBY_GC_HEAP_INIT_SLOTS/,
      "RUBY_HEAP_MIN_SLOTS=100000" => /no Ruby since 2\.1 reads/,
      "RUBY_GC_HEAP_FREE_SLOT_MAX_RATIO=0.2" => /no Ruby reads/,
      "RUBY_GC_MALLOC_LIMIT=16MB" => /no whole number/,
      "RUBY_GC_HEAP_GROWTH_FACTOR=1" => /greater than 1\.0/,
      "RUBY_GC_HEAP_GROWTH_FACTOR=1,1" => /it is no number/,
      "RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO=0.01" => /greater than RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO, which is 0\.05/,
      "RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO=0.5" => /not be greater than RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO, which is 0\.15/,
      "RUBY_GC_HEAP_0_INIT_SLOTS=0" => /greater than 0/
    }.each do |line, problem|
      found = assert_finds [["gc_environment", "Dockerfile:12"]], "Dockerfile" => dockerfile("FROM base AS build", "ENV #{line}\nFROM base AS build")
      assert_equal [true, "fault"], [found.first.problem.match?(problem), found.first.level], found.first.problem
    end
    {"RUBY_GC_HEAP_0_INIT_SLOTS=2000000" => "INIT_SLOTS", "RUBY_GC_HEAP_FREE_SLOTS=600000" => "4096", "RUBY_GC_MALLOC_LIMIT_MAX=64m" => "32m", "RUBY_GC_HEAP_GROWTH_FACTOR=2.5" => "1.8"}.each do |line, said|
      found = assert_finds [["gc_environment", "Dockerfile:12"]], "Dockerfile" => dockerfile("FROM base AS build", "ENV #{line}\nFROM base AS build")
      assert_equal ["trade", {line.split("=").first => nil}], [found.first.level, found.first.stake.variant.variables]
      assert_includes found.first.problem, said
    end
    ratios = /    RUBY_GC_HEAP_FREE_SLOTS_\w+="[\d.]+" \\\n/
    found = assert_finds [["gc_environment", "Dockerfile:14"]], "Dockerfile" => DOCKERFILE.gsub(ratios, "")
    assert_equal "trade", found.first.level
    # As good
    ["RUBY_GC_HEAP_GROWTH_FACTOR=1.1", "RUBY_GC_HEAP_0_INIT_SLOTS=40000", "RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO=0.0", "RUBY_GC_MALLOC_LIMIT=8m", "RUBY_GC_MALLOC_LIMIT=$X", "RUBY_GC_LIBRARY=mmtk", "RUBY_GC_HEAP_GROWTH_MAX_SLOTS=30000"].each do |line|
      assert_finds [], "Dockerfile" => dockerfile("FROM base AS build", "ENV #{line}\nFROM base AS build")
    end
    lock = FILES["Gemfile.lock"].sub("ruby 3.3.8p144", "ruby 3.1.2p20")
    assert_finds [], "Gemfile.lock" => lock, "Dockerfile" => dockerfile("FROM base AS build", "ENV RUBY_GC_HEAP_INIT_SLOTS=100000\nFROM base AS build")
    assert_finds [["gc_environment", "Dockerfile:12"]], "Gemfile.lock" => lock, "Dockerfile" => dockerfile("FROM base AS build", "ENV RUBY_GC_HEAP_0_INIT_SLOTS=100000\nFROM base AS build")
    assert_finds [], "Dockerfile" => nil, "Procfile" => "web: bundle exec puma\n"
  end

  # What the rule says of values is what Ruby itself says.
  def test_values_as_this_ruby_takes_them
    alone = {
      "RUBY_GC_MALLOC_LIMIT" => %w[16MB 16m 1k 0 -1 1.5 abc 99999999999999999], "RUBY_GC_HEAP_GROWTH_FACTOR" => %w[1 1.0 1.1 0 x 2e1 .5 1,2], "RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO" => %w[0.1 0.2 0.3 1 1.1],
      "RUBY_GC_HEAP_OLDOBJECT_LIMIT_FACTOR" => %w[0 -1 3], "RUBY_GC_HEAP_FREE_SLOTS" => %w[0 10 30_000]
    }
    environments = (0..7).map { |index| alone.transform_values { |values| values[index] }.compact }
    environments += %w[0 0.1 0.3 0.9].map { |value| {"RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO" => value} }
    environments.each do |environment|
      _, said, = Open3.capture3(environment, RbConfig.ruby, "--disable-gems", "-W2", "-e", "")
      set = environment.map { |name, value| ShowcaseMemtrim::Doctor::Deployment::Variable.new(name: name, value: value) }
      variables = ShowcaseMemtrim::Doctor::GCVariables.new(ShowcaseMemtrim::Doctor::Deployment::Environment.new(set), Gem::Version.new(RUBY_VERSION))
      set.each do |variable|
        refused = said.lines.any? { |line| line.match?(/invalid string for #{variable.name}:|^#{variable.name}=.* is ignored/) }
        assert_equal refused, !variables.refusal(variable).nil?, "#{variable.name}=#{variable.value}: #{said}"
      end
    end
  end

  def test_bootsnap_cache
    app = "RUN bundle exec bootsnap precompile app/ lib/\n"
    assert_finds [["bootsnap_cache", "Dockerfile:14"]], "Dockerfile" => dockerfile(app, "", " && bundle exec bootsnap precompile --gemfile", "")
    found = assert_finds [["bootsnap_cache", "Dockerfile:14"]], "Dockerfile" => dockerfile(app, "")
    assert_match(/compiles app\/ and lib\/ for Bootsnap/, found.first.problem)
    assert_finds [["bootsnap_cache", "Dockerfile:14"]], "Dockerfile" => dockerfile(" && bundle exec bootsnap precompile --gemfile", "")
    found = assert_finds [["bootsnap_cache", "Dockerfile:17"]], "Dockerfile" => dockerfile(app, "#{app}RUN rm -rf node_modules tmp/*\n")
    assert_match(/takes Bootsnap's cache out/, found.first.problem)
    assert_finds [["bootsnap_cache", "Dockerfile:16"]], "Dockerfile" => dockerfile("COPY --from=build /rails /rails", "COPY . .")
    assert_finds [["bootsnap_cache", "Dockerfile:18"]], "Dockerfile" => dockerfile("FROM base\n", "FROM base\nENV BOOTSNAP_CACHE_DIR=/data/cache\n")
    # As good
    assert_finds [], "Dockerfile" => dockerfile(app, ""), "Gemfile.lock" => FILES["Gemfile.lock"].sub(/^ +bootsnap.*\n/, "")
    assert_finds [], "Dockerfile" => dockerfile(app, ""), "config/boot.rb" => "require \"bundler/setup\"\n# require \"bootsnap/setup\"\n"
    assert_finds [], "Dockerfile" => dockerfile(" && bundle exec bootsnap precompile --gemfile", "", app, "#{app}RUN bin/rails assets:precompile\n")
    assert_finds [], "Dockerfile" => dockerfile(app, "#{app}RUN rm -rf tmp/pids node_modules /tmp/*\n")
    assert_finds [], "Dockerfile" => dockerfile(app, "RUN bin/build\n"), "bin/build" => "#!/bin/sh\nbundle exec bootsnap precompile app lib\n"
    assert_finds [], "Dockerfile" => dockerfile(app, "RUN bin/build\n"), "bin/build" => "#!/usr/bin/env ruby\n"
    assert_finds [], "Dockerfile" => dockerfile(app, "", "FROM ruby:3.3.8-slim", "FROM example.com/ours:1")
    assert_finds [], "Dockerfile" => dockerfile("FROM base AS build", "FROM base AS build\nENV BOOTSNAP_CACHE_DIR=/data/cache", "FROM base\n", "FROM base\nENV BOOTSNAP_CACHE_DIR=/data/cache\n", "COPY --from=build /rails /rails", "COPY --from=build /rails /rails\nCOPY --from=build /data /data")
  end

  def test_cable_server
    ru = "require_relative \"../config/environment\"\nRails.application.eager_load!\n\nmap \"/cable\" do\n  run ActionCable.server\nend\n"
    found = assert_finds [["cable_server", "cable/config.ru:2"]], "cable/config.ru" => ru
    assert_match(/delete the line alone saves nothing: config\.eager_load is true \(config\/environments\/production\.rb:2\)/, found.first.why)
    without = "memtrim cable --write --force   # a server without the app, where its channels can do without; else:"
    assert_equal [without, "config/environments/production.rb:2: config.eager_load = !ENV.key?(\"CABLE_SERVER\")", "cable/config.ru:1: ENV[\"CABLE_SERVER\"] = \"1\" above that line", "cable/config.ru:2: delete the line"], found.first.edit.lines(chomp: true)
    assert_equal({"eager_load" => false}, found.first.stake.variant.settings)
    assert_finds [["cable_server", "cable/config.ru:1"]], "cable/config.ru" => ru.sub(/^.*eager_load!\n/, "")
    found = assert_finds [["cable_server", "cable/config.ru:2"]], "cable/config.ru" => ru, "config/environments/production.rb" => "Rails.application.configure do\n  config.eager_load = !ENV.key?(\"CABLE_SERVER\") && X\nend\n"
    assert_equal "#{without}\ncable/config.ru:2: delete the line", found.first.edit
    corrected = {"cable/config.ru" => "ENV[\"CABLE_SERVER\"] = \"1\"\n#{ru.sub(/^.*eager_load!\n/, "")}", "config/environments/production.rb" => "Rails.application.configure do\n  config.eager_load = false\nend\n"}
    assert_finds [], corrected
    assert_finds [["cable_server", "Procfile:2"]], corrected.merge("Dockerfile" => nil, "Procfile" => "web: bundle exec puma\ncable: bundle exec puma -p 28080 -t 5:5 cable/config.ru\n")
    assert_finds [], corrected.merge("Dockerfile" => nil, "Procfile" => "web: bundle exec puma -t 5:5\ncable: bundle exec puma -p 28080 -t 1:2 cable/config.ru\n")
    assert_finds [], "cable/config.ru" => File.read(File.expand_path("../apps/tenant/cable/config.ru", __dir__))
    assert_finds [], "sidekiq.ru" => "require_relative \"config/environment\"\nrun Sidekiq::Web\n", "broken.ru" => "run ActionCable.server do\n"
  end

  def test_redis_maxmemory
    assert_finds [["redis_maxmemory", "config/redis.conf:2"]], "config/redis.conf" => "port 6379\n# maxmemory <bytes>\n"
    assert_finds [["redis_maxmemory", "Procfile:2"]], "Dockerfile" => nil, "Procfile" => "web: puma\nredis: redis-server --port 6379\n"
    assert_finds [["redis_maxmemory", "config/redis.conf"]], "Dockerfile" => nil, "config/redis.conf" => "port 6379\n", "Procfile" => "redis: redis-server config/redis.conf\n"
    assert_finds [["redis_maxmemory", "compose.prod.yml:3"]], "compose.prod.yml" => "services:\n  redis:\n    command: redis-server --save 60 1\n    image: redis:7\n"
    assert_finds [["redis_maxmemory", "config/deploy.yml:4"]], "config/deploy.yml" => "servers: [192.0.2.1]\naccessories:\n  # one\n  redis:\n    image: redis:7\n"
    # As good
    assert_finds [], "config/redis.conf" => "maxmemory 64mb\n"
    assert_finds [], "config/redis.conf" => "include /etc/redis/common.conf\n"
    assert_finds [], "Dockerfile" => nil, "Procfile" => "redis: redis-server --maxmemory 64mb\n"
    assert_finds [], "Dockerfile" => nil, "Procfile" => "redis: redis-server /somewhere/redis.conf\n"
    assert_finds [], "compose.yml" => "services:\n  web:\n    build: .\n    volumes: [\".:/rails\"]\n  redis:\n    image: redis:7\n"
    assert_finds [], "compose.prod.yml" => "services:\n  redis:\n    image: redis:7\n    command: --maxmemory 64mb\n  postgres:\n    image: postgres:16\n"
  end

  def test_resident_parent
    ["system(\"bin/rails server\")", "system \"bundle\", \"exec\", \"puma\", \"-p\", ENV[\"PORT\"]", "pid = spawn({\"A\" => \"1\"}, \"bin/thrust ./bin/rails server\")\ntrap(\"TERM\") { Process.kill(:TERM, pid) }\nProcess.wait(pid)\nexit $?.exitstatus",
      "exit system(\"redis-server\")", "Process.wait spawn(\"navigator\")", "Dir.chdir(__dir__) do\n  system(\"puma\")\nend"].each do |text|
      line = 4 + ((text.lines.size == 3) ? 1 : 0)
      found = assert_finds [["resident_parent", "script/start:#{line}"]], "script/start" => "#!/usr/bin/env ruby\nrequire \"json\"\n\n#{text}\n"
      assert_equal ["fault", [["json"], nil]], [found.first.level, found.first.stake.programs], text
    end
    found = assert_finds [["resident_parent", "script/start.rb:1"]], "script/start.rb" => "system(\"puma\")\nFile.delete(\"pid\")\n"
    assert_equal "trade", found.first.level
    assert_match(/line 2/, found.first.edit)
    found = assert_finds [["resident_parent", "lib/tasks/serve.rake:2"]], "lib/tasks/serve.rake" => "task serve: :environment do\n  sh \"bundle exec puma\"\nend\ntask :dev do\n  sh \"bundle exec puma\"\nend\n"
    assert_equal [["./config/environment"], nil], found.first.stake.programs
    managed = dockerfile("[\"./bin/rails\", \"server\"]", "[\"foreman\", \"start\"]")
    found = assert_finds [["resident_parent", "Dockerfile:20"]], "Dockerfile" => managed, "Procfile" => "web: bundle exec puma\n"
    assert_equal "fault", found.first.level
    assert_equal ["trade"], assert_finds([["resident_parent", "Dockerfile:20"]], "Dockerfile" => managed, "Procfile" => "web: bundle exec puma\nworker: sidekiq\n").map(&:level)
    # As good
    ["exec \"bin/rails\", \"server\"", "system(\"bin/rails db:prepare\")\nexec \"puma\"", "spawn(\"puma\")", "def start\n  system(\"puma\")\nend", "system(\"puma\") if ENV[\"X\"]", "pid = fork { 1 }\nProcess.wait(pid)", "system(ARGV.first)", "system(\""].each do |text|
      assert_finds [], "script/start" => "#!/usr/bin/env ruby\n#{text}\n"
    end
    assert_finds [], "bin/dev" => "#!/usr/bin/env ruby\nsystem(\"foreman start -f Procfile.dev\")\n", "script/start.sh" => "#!/bin/sh\npuma\n"
  end

  def test_resident_require
    text = "#!/usr/bin/env ruby\nrequire \"bundler/setup\"\nrequire \"aws-sdk-s3\"\nrequire \"fileutils\"\n\npid = spawn(\"navigator\")\nAws::S3::Client.new.get_object(bucket: \"x\")\nsystem(\"bin/rails db:prepare\")\nProcess.wait(pid)\n"
    found = assert_finds [["resident_require", "script/start.rb:3"]], "script/start.rb" => text
    assert_equal [%w[bundler/setup aws-sdk-s3 fileutils], %w[bundler/setup fileutils]], found.first.stake.programs
    assert_finds [["resident_require", "script/poll:2"]], "script/poll" => "#!/usr/bin/env ruby\nrequire \"aws-sdk-s3\"\nputs Aws::S3::Client.new\nloop do\n  sleep 10\n  File.write(\"x\", Time.now)\nend\n"
    assert_finds [["resident_require", "script/poll:2"]], "script/poll" => "#!/usr/bin/env ruby\nrequire_relative \"../config/environment\"\nUser.first\nsleep\n"
    # As good
    [text.sub("require \"aws-sdk-s3\"\n", ""), text.sub("Process.wait(pid)", "Process.wait(pid)\nAws::S3::Client.new"), text.sub("Process.wait(pid)", "at_exit { Aws::S3::Client.new }\nProcess.wait(pid)"),
      text.sub("pid = spawn", "def sync = Aws::S3::Client.new\npid = spawn"), text.sub("Process.wait(pid)", ""), text.sub("aws-sdk-s3", "open3"),
      "require \"aws-sdk-s3\"\nloop do\n  Aws::S3::Client.new\nend\n", "require \"aws-sdk-s3\"\nloop do\n  break if Aws\nend\n"].each do |other|
      assert_finds [], "script/start.rb" => other
    end
  end

  # A file that ends anywhere, or has anything in it, is read as far as it can be, or is one error that names it.
  def test_damaged_files
    whole = fresh("8.1").merge(
      "Procfile" => "web: RAILS_MAX_THREADS=5 bundle exec puma -t 5:5\nredis: redis-server --port 1\n", "fly.toml" => "[env]\nA = \"b\"\n[processes]\nweb = \"puma\"\n", "a.env" => "A=\"1\"\n",
      "compose.prod.yml" => "x: &a\n  A: 1\nservices:\n  web:\n    build: {context: ., dockerfile: Dockerfile}\n    env_file: [a.env]\n    environment:\n      <<: *a\n  redis:\n    image: redis:7\n",
      "config/systemd/x.service" => "[Service]\nEnvironment=A=1 \"B=2 3\"\nExecStart=/usr/bin/bundle exec puma\n", "config/redis.conf" => "port 1\n", "lib/tasks/a.rake" => "task a: :environment do\n  sh \"puma\"\nend\n",
      "cable/config.ru" => "require_relative '../config/environment'\nrun ActionCable.server\n", "script/start.rb" => "require 'aws-sdk-s3'\npid = spawn(\"navigator\")\nAws.x\nProcess.wait(pid)\n"
    )
    random = Random.new(Minitest.seed || 1)
    whole.each_key do |file|
      ["\"", "'", "$(", "\\", "<<EOF", "[", "{", "\0", "\xFF".b, "~nobody/", "if ", "%", "", ""].sample(4, random: random).each do |junk|
        text = whole[file].b
        at = random.rand(text.size + 1)
        damaged = junk.empty? ? text[0, at] : text[0, at] + junk.b + text[at..]
        findings(whole.merge(file => damaged), "a.env")
      rescue ShowcaseMemtrim::Error => error
        assert_match(/\A\S+:\d+: /, error.message)
      rescue => error
        flunk "#{file} with #{junk.inspect} at #{at}: #{error.class}: #{error.message} (#{error.backtrace.first})"
      end
    end
  end

  # What stands beside the fault may be a secret.
  def test_secrets_are_not_told
    files = {
      "Dockerfile" => nil, "Procfile" => "web: SECRET_KEY_BASE=hunter2 RAILS_ENV=development bundle exec puma\nredis: redis-server --requirepass hunter2\n",
      "script/start.rb" => "system(\"redis-server --requirepass hunter2\")\n", "web.env" => "DATABASE_URL=postgres://hunter2@db\nRUBY_GC_HEAP_INIT_SLOTS=1\n"
    }
    found = findings(files, "web.env")
    assert_equal %w[production_environment gc_environment redis_maxmemory resident_parent], found.map(&:rule)
    found.each { |one| refute_match(/hunter2/, one.to_h.values.join(" ")) }
  end

  private

  # @return [Array<Finding>] which must be those, and no others
  def assert_finds(expected, files, env_file = nil)
    found = findings(files, env_file)
    assert_equal expected, found.map { |one| [one.rule, one.place] }, found.map { |one| "#{one.place}: #{one.problem}" }.join("\n")
    found.each { |one| [one.problem, one.why, one.edit].each { |text| refute_empty text } }
  end

  def findings(files, env_file = nil)
    with_app(files) do |root|
      doctor = ShowcaseMemtrim::Doctor.new(root, env: "production", env_file: env_file && File.join(root, env_file))
      doctor.findings.select { |one| RULES.include?(one.rule) }.each { |one| one.file = one.file&.delete_prefix("#{root}/") }
    end
  end

  def line_of(text, number)
    text.lines[number - 1]
  end
end
