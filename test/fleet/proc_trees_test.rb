# frozen_string_literal: true

require_relative "../support/memtrim_here"
require_relative "../support/proc_tree"
require "json"
require "minitest/autorun"

# `memtrim fleet --proc DIR`: made-up machines, as a user would see them.
class FleetProcTreesTest < Minitest::Test
  HARMFUL = /[^\P{Cntrl}\n]|[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/

  def test_a_machine
    ProcTree.open do |tree|
      tree.process(1, "systemd", ["/sbin/init"], anon: 5)
      3.times { |number| tree.rails(200 + number, "puma 6.4 (tcp://0.0.0.0:#{3000 + number}) [shop]", tenant: "studio-#{number}") }
      tree.process(210, "redis-server", "redis-server 127.0.0.1:6379", anon: 8)
      text = fleet(tree, "--tenant-variable", "RAILS_APP_DB").out
      assert_match(/^fleet · 3 tenants · 5 processes · 7812\.5 MiB of memory/, text)
      assert_match(/^studio-1 +70\.0 +60\.0 +80\.0 +0 +2 +15 min +3\.0 s +puma shop :3001$/, text)
      assert_match(/^redis +18\.0 +8\.0 .* redis-server :6379$/, text)
      assert_match(/^baseline \(no tenant\) +33\.0/, text)
      assert_match(/RSS counts 50\.0 MiB more than once/, text)
    end
  end

  def test_nothing_harmful_is_printed
    ProcTree.open do |tree|
      names = ["a) S (b\n\e[2J", "\xFF\xFEx", "a\u202Eb", ")" * 15]
      names.each_with_index { |name, number| tree.process(200 + number, nil, [], comm: name) }
      tree.rails(300, "puma 6 (unix:///run/\e]0;x\a) [\e[31mred\n\u2067]", tenant: "t\e[0m\n\xFF", app: "evil\e[2J\n")
      tree.process(301, "ruby", ["ruby", "/srv/\e[2J\u200fx.rb"])
      %w[text json prometheus].each do |format|
        result = fleet(tree, "--tenant-variable", "RAILS_APP_DB", "--format", format)
        refute_match HARMFUL, result.out.dup.force_encoding("UTF-8")
        refute_match HARMFUL, result.err.dup.force_encoding("UTF-8")
      end
      answer = json(tree)
      assert_equal 6, answer.dig("totals", "all", "processes")
      assert_includes answer["others"].map { |one| one["name"] }, 'a) S (b\n\u{1b}[2J'
    end
  end

  def test_what_is_not_read_is_counted_and_said
    ProcTree.open do |tree|
      tree.process(2, "kthreadd", [], flags: 0x208040)
      tree.process(200, "ended", [], state: "Z")
      tree.process(201, "ruby", %w[ruby x.rb])
      FileUtils.rm(File.join(tree.directory, "201/smaps_rollup"))
      FileUtils.mkdir(File.join(tree.directory, "201/smaps_rollup"))
      FileUtils.mkdir(File.join(tree.directory, "202"))
      answer = json(tree)
      assert_equal({"processes" => 1, "rss_bytes" => 2048 * 4096}, answer["unreadable"])
      assert_equal [1, 1, 1], answer.values_at("kernel_threads", "zombies", "vanished")
      text = fleet(tree).out
      assert_match(/1 process may not be read by this user/, text)
      assert_match(/1 zombie/, text)
    end
  end

  def test_a_directory_that_is_no_proc
    Dir.mktmpdir do |directory|
      result = MemtrimHere.run("fleet", "--proc", directory)
      assert_equal 2, result.status.exitstatus
      assert_match(/#{Regexp.escape(directory)}: is no \/proc \(meminfo: /, result.err)
      assert_empty result.out
    end
  end

  private

  def fleet(tree, *options)
    MemtrimHere.run("fleet", "--proc", tree.directory, *options).tap { |result| assert_includes [0, 1], result.status.exitstatus, result.err }
  end

  def json(tree)
    JSON.parse(fleet(tree, "--format", "json").out)
  end
end
