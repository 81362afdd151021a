# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "support/clean_exit"
require_relative "support/recordings"
require_relative "support/small_app"

# The command line: what it takes, and how it fails.
class CliTest < Minitest::Test
  include CleanExit

  def test_help_and_version
    ["--help", "-h", "help"].each do |option|
      result = Memtrim.run(option)
      assert_predicate result.status, :success?
      %w[report explain compare record].each { |command| assert_match(/^  #{command} /, result.out) }
    end
    assert_match(/\A\d+\.\d+\.\d+\n\z/, Memtrim.run("--version").out)
    %w[report explain compare record].each { |command| assert_match(/\AUsage: memtrim #{command} /, Memtrim.run(command, "--help").out) }
    assert_equal 2, Memtrim.run.status.exitstatus
  end

  def test_unknown_commands_and_options
    assert_fails "repotr", says: /no command repotr, did you mean report\?/
    assert_fails "zzz", says: /no command zzz; memtrim --help/
    assert_fails "report", "--colour", says: /--colour/
    assert_fails "report", "--format", "xml", says: /xml/
    assert_fails "report", "geocoder", says: /memtrim explain geocoder/
    assert_fails "explain", says: /explain what\?/
    assert_fails "explain", "a", "b", says: /explain what\?/
    assert_fails "record", says: /-o FILE/
    assert_fails "record", "ruby", "x.rb", "-o", "x", says: /a command goes behind --/
    assert_fails "report", "--timeout", "soon", says: /soon/
  end

  def test_no_app
    in_a_clean_directory do |file|
      assert_fails "record", "-o", file, "--app", "/no/such/dir", says: %r{/no/such/dir: no such directory}
      assert_fails "report", "--app", "/no/such/dir", says: /no such directory/
      Dir.mktmpdir { |dir| assert_fails "record", "-o", file, "--app", dir, says: %r{no Rails app in .*config/environment\.rb is missing} }
      SmallApp.with("Gemfile" => nil) { |app| assert_fails "record", "-o", file, "--app", app, says: /no Gemfile in/ }
    end
  end

  def test_a_gemfile_elsewhere
    in_a_clean_directory(leaves: ["boot.memtrim"]) do |file|
      SmallApp.with("Gemfile" => nil, "gemfiles/next" => "", "config/environment.rb" => "puts ENV['BUNDLE_GEMFILE']") do |app|
        chosen = File.join(app, "gemfiles/next")
        [chosen, "gemfiles/next"].each do |gemfile|
          result = Memtrim.run("record", "-o", file, "--app", app, env: {"BUNDLE_GEMFILE" => gemfile}, chdir: app)
          assert_equal [0, "#{chosen}\n"], [result.status.exitstatus, result.other_err]
        end
        assert_fails "record", "-o", "#{file}.other", "--app", app, env: {"BUNDLE_GEMFILE" => "/no/such"}, says: %r{no Gemfile at /no/such, which BUNDLE_GEMFILE names}
      end
    end
  end

  def test_the_bundle_that_memtrim_runs_in_is_not_the_apps
    in_a_clean_directory(leaves: ["boot.memtrim"]) do |file|
      SmallApp.with("config/environment.rb" => "puts ENV['BUNDLE_GEMFILE']") do |app|
        SmallApp.with do |other|
          result = Memtrim.run_command("bundle", "exec", RbConfig.ruby, Memtrim::EXECUTABLE, "record", "-o", file, "--app", app, chdir: other)
          assert_equal 0, result.status.exitstatus, result.err
          assert_includes result.other_err, File.join(app, "Gemfile")
        end
      end
    end
  end

  def test_a_bundle_that_is_not_installed
    in_a_clean_directory do |file|
      SmallApp.with("Gemfile" => "source 'https://gems.invalid'\ngem 'no_such_gem_anywhere'\n") do |app|
        result = assert_fails "record", "-o", file, "--app", app, says: /Bundler could not set up .*Gemfile.*bundle install/
        assert_match(/no_such_gem_anywhere/, result.other_err)
        assert_fails "report", "--app", app, says: /bundle install/
      end
    end
  end

  def test_a_gemfile_that_is_broken
    in_a_clean_directory do |file|
      SmallApp.with("Gemfile" => "gem(") do |app|
        result = assert_fails "record", "-o", file, "--app", app, says: /Gemfile/
        assert_match(/syntax error/, result.other_err)
      end
    end
  end

  def test_a_boot_that_raises_shows_its_error_and_what_was_recorded
    in_a_clean_directory(leaves: ["boot.memtrim"]) do |file|
      SmallApp.with("config/environment.rb" => "require_relative 'deep'", "config/deep.rb" => "require 'set'\nrequire 'digest'\nraise KeyError, 'SOME_SECRET is not set'") do |app|
        result = Memtrim.run("record", "-o", file, "--app", app)
        assert_equal 2, result.status.exitstatus, result.err
        assert_match(/deep\.rb:3:in .*SOME_SECRET is not set \(KeyError\)/, result.other_err)
        report = Memtrim.run("report", "--recording", file)
        assert_equal 2, report.status.exitstatus
        assert_match(/KeyError: SOME_SECRET is not set/, report.out)
        assert_match(/^ruby \d/, report.out)
        assert_match(/KeyError: SOME_SECRET/, JSON.parse(Memtrim.run("report", "--recording", file, "--format", "json").out)["error"])
      end
    end
  end

  def test_a_real_boot_that_raises
    in_a_clean_directory do
      result = Memtrim.run("report", "--app", AppCopy.prepare("api"), "--env", "nowhere", "--light")
      assert_equal 2, result.status.exitstatus
      assert_match(/nowhere/, result.other_err)
      assert_match(/frameworks \d/, result.out)
    end
  end

  def test_a_boot_that_ends_early
    in_a_clean_directory(leaves: ["boot.memtrim"]) do |file|
      ["exit", "exit 3", "abort 'I will not'", "exit! 4"].each do |way|
        SmallApp.with("config/environment.rb" => "require 'set'\n#{way}") do |app|
          result = Memtrim.run("record", "-o", file, "--app", app)
          assert_equal 2, result.status.exitstatus, "#{way}: #{result.err}"
          assert_match(/I will not/, result.other_err) if way.start_with?("abort")
          assert_equal 2, Memtrim.run("report", "--recording", file).status.exitstatus, way
          assert_match(/SystemExit|ended|broke off|died/i, Memtrim.run("report", "--recording", file).out + result.err, way)
        end
      end
    end
  end

  def test_a_boot_that_is_killed_says_how_far_it_got
    {"deep/inside" => "config/deep/inside.rb", "environment" => "config/environment.rb"}.each do |place, killer|
      in_a_clean_directory(leaves: ["boot.memtrim"]) do |file|
        files = {"config/environment.rb" => "require_relative 'deep/inside'", "config/deep/inside.rb" => "require 'set'", killer => "sleep 0.3\nrequire 'digest'\nProcess.kill(:KILL, $$)\nsleep 5"}
        SmallApp.with(files) do |app|
          result = Memtrim.run("record", "-o", file, "--app", app)
          assert_equal 2, result.status.exitstatus, result.err
          assert_match(/was killed by SIGKILL, in .*#{place}/, result.err)
          report = Memtrim.run("report", "--recording", file)
          assert_equal 2, report.status.exitstatus
          assert_match(/ruby \d/, report.out)
        end
      end
    end
  end

  def test_a_real_boot_killed_at_any_moment
    killed = [0.15, 0.4, 0.8, 1.2].count do |seconds|
      Dir.mktmpdir do |dir|
        file = File.join(dir, "boot.memtrim")
        memtrim = Memtrim.start("record", "-o", file, "--app", AppCopy.prepare("api"), dir: dir)
        child = wait_for_recorded_process(file)
        sleep seconds
        on_its_way = kill(child)
        status = Process.wait2(memtrim).last
        next unless on_its_way
        err = File.read(File.join(dir, "err"))
        assert_equal 2, status.exitstatus, err
        assert_match(/memtrim: the boot was killed by SIGKILL/, err)
        assert_equal %w[boot.memtrim err out], Dir.children(dir).sort
        report = Memtrim.run("report", "--recording", file)
        assert_equal 2, report.status.exitstatus, report.err
        assert_match(/ruby \d/, report.out)
        assert_no_process_knows dir
        true
      end
    end
    assert_operator killed, :>=, 2, "the others were faster"
  end

  def test_a_boot_that_does_not_end_is_given_up
    in_a_clean_directory do |file|
      SmallApp.with("config/environment.rb" => "spawn('sleep 60'); trap('TERM') { }; loop { sleep 60 }") do |app|
        assert_fails "record", "-o", file, "--app", app, "--timeout", "1.5", says: /did not end within 1.*--timeout/
      end
    end
  end

  def test_files_that_are_no_recordings
    Dir.mktmpdir do |dir|
      whole = File.binread(Recordings.of("api", options: ["--light"]).file)
      assert_fails "report", "--recording", File.join(dir, "none"), says: /no such recording/
      assert_fails "report", "--recording", dir, says: /directory|not a memtrim recording/i
      {"" => /not a memtrim recording/, "hello\n" => /not a memtrim recording/, "{}\n" => /not a memtrim recording/, "\x00\xff" * 50 => /not a memtrim recording/,
       %({"memtrim_recording":99,"written_by":"9.0.0"}\n) => /format 99 .*9\.0\.0.*up to format \d/,
       whole.sub('"command":[', '"command":') => /not a memtrim recording/,
       whole.lines.tap { |lines| lines[2] = "damage\n" }.join => /:3: the recording is damaged/}.each do |content, says|
        file = File.join(dir, "foreign")
        File.binwrite(file, content)
        assert_fails "report", "--recording", file, says: says
        assert_fails "explain", "rack", "--recording", file, says: says
      end
    end
  end

  def test_truncated_recordings_are_told_as_far_as_they_go
    Dir.mktmpdir do |dir|
      whole = File.binread(Recordings.of("api", options: ["--light"]).file)
      [0.1, 0.3, 0.5, 0.8, 0.99, 1].each do |share|
        file = File.join(dir, "truncated")
        File.binwrite(file, whole[0, (whole.size * share).to_i - 2])
        %w[text json html speedscope].each do |format|
          result = Memtrim.run("report", "--recording", file, "--format", format)
          assert_equal 2, result.status.exitstatus, result.err
          refute_empty result.out
          assert_equal false, JSON.parse(result.out)["whole"] if format == "json"
        end
        refute_match(/panick/, Memtrim.run("explain", "rack", "--recording", file).err)
      end
    end
  end

  def test_unknown_names_get_the_nearest
    file = Recordings.of("api").file
    {"sidekik" => "sidekiq", "grap" => "grape", "active_recrod/railtie" => "active_record/railtie", "Faraday" => "faraday"}.each do |wrong, right|
      assert_fails "explain", wrong, "--recording", file, says: /#{wrong}.*#{right}/
    end
    assert_fails "explain", "qqqqqqqqqqqqqq", "--recording", file, says: /qqqqqqqqqqqqqq/
    result = Memtrim.run("explain", "grape", "--recording", file)
    assert_predicate result.status, :success?
    assert_match(/partner\/root\.rb/, result.out)
    assert_kind_of Hash, JSON.parse(Memtrim.run("explain", "grape", "--recording", file, "--format", "json").out)
  end

  def test_output_that_can_not_be_written
    SmallApp.with do |app|
      assert_fails "record", "-o", "/no/such/dir/boot.memtrim", "--app", app, says: %r{/no/such/dir is no directory}
      assert_fails "record", "-o", "/proc/boot.memtrim", "--app", app, says: %r{/proc/boot.memtrim}
      assert_fails "record", "-o", app, "--app", app, says: /is a directory/
      assert_fails "record", "-o", "/proc/boot.memtrim", "--", RbConfig.ruby, "-e", "1", says: %r{/proc/boot.memtrim}
    end
  end

  def test_output_without_permission
    skip "only root can become somebody else" unless Process.uid.zero?
    Dir.mktmpdir do |dir|
      skip "others can't read this checkout" unless system("setpriv", "--reuid=65534", "--clear-groups", "test", "-r", Memtrim::EXECUTABLE, err: File::NULL)
      command = ["setpriv", "--reuid=65534", "--clear-groups", RbConfig.ruby, Memtrim::EXECUTABLE, "record", "-o", File.join(dir, "x"), "--", RbConfig.ruby, "-e", "1"]
      result = Memtrim.run_command(*command)
      assert_equal 2, result.status.exitstatus, result.err
      assert_match(/no permission in/, result.err)
      assert_empty Dir.children(dir)
    end
  end

  def test_a_full_disk_stops_the_recording_and_not_the_program
    on_a_small_disk do |dir|
      file = File.join(dir, "boot.memtrim")
      program = "puts 1; File.write('x.rb', ''); 3000.times { |i| eval(%(load './x.rb'), nil, 'f' + i.to_s * 100) }; puts 2; exit 5"
      Dir.mktmpdir do |work|
        result = Memtrim.run("record", "-o", file, "--", RbConfig.ruby, "-e", program, chdir: work)
        assert_equal "1\n2\n", result.out, result.err
        assert_match(/recording to .*boot\.memtrim stopped: No space left on device; the program goes on without it/, result.err)
        assert_empty Dir.children(dir)
      end
    end
  end

  def test_a_full_disk_during_a_boot
    on_a_small_disk do |dir|
      result = Memtrim.run("record", "-o", File.join(dir, "boot.memtrim"), "--light", "--app", AppCopy.prepare("api"))
      assert_equal 2, result.status.exitstatus, result.err
      assert_equal 1, result.notes.grep(/No space left on device/).size, result.err
      assert_empty Dir.children(dir)
    end
  end

  def test_a_hook_that_fails_is_a_warning
    in_a_clean_directory(leaves: ["boot.memtrim"]) do |file|
      files = {
        "config/environment.rb" => "$LOAD_PATH.unshift File.expand_path('../lib', __dir__)\nrequire 'rails/initializable'\nrequire 'i18n/backend/base'\nputs :on",
        "lib/rails/initializable.rb" => "# not what it was", "lib/i18n/backend/base.rb" => "module I18n; module Backend; Base = 1; end; end"
      }
      SmallApp.with(files) do |app|
        result = Memtrim.run("record", "-o", file, "--app", app)
        assert_predicate result.status, :success?, result.err
        assert_match(/^on$/, result.other_err)
        warnings = JSON.parse(Memtrim.run("report", "--recording", file, "--format", "json").out)["warnings"]
        assert_equal 2, warnings.grep(/could not be hooked/).size, warnings.inspect
      end
    end
  end

  def test_a_reader_that_goes_away
    file = Recordings.of("api").file
    %w[report explain].zip([[], ["rack"]]).each do |command, rest|
      shell = "'#{RbConfig.ruby}' '#{Memtrim::EXECUTABLE}' #{command} #{rest.join} --recording '#{file}' --format json"
      result = Memtrim.run_command("bash", "-c", "set -o pipefail; #{shell} | head -1")
      assert_empty result.err
      assert_predicate result.status, :success?
      assert_equal "{\n", result.out
      closed = Memtrim.run_command("bash", "-c", "#{shell} >&-")
      assert_operator closed.err.lines.size, :<=, 1, closed.err
    end
    full = Memtrim.run_command("bash", "-c", "'#{RbConfig.ruby}' '#{Memtrim::EXECUTABLE}' report --recording '#{file}' >/dev/full")
    assert_equal 2, full.status.exitstatus
    assert_equal 1, full.err.lines.size, full.err
  end

  {"INT" => 130, "TERM" => nil, "HUP" => nil}.each do |signal, expected|
    define_method(:"test_nothing_is_left_after_SIG#{signal}") do
      Dir.mktmpdir do |dir|
        file = File.join(dir, "boot.memtrim")
        SmallApp.with("config/environment.rb" => "spawn('sleep 61')\nsleep 60") do |app|
          memtrim = Memtrim.start("record", "-o", file, "--app", app, dir: dir)
          wait_for_recorded_process(file)
          sleep 0.5
          Process.kill(signal, memtrim)
          status = Process.wait2(memtrim).last
          err = File.read(File.join(dir, "err"))
          assert_equal expected, status.exitstatus, err if expected
          refute_predicate status, :success?
          refute_match(/\.rb:\d+:in /, err.lines.grep(/showcase_memtrim|exe/).join, "a backtrace of ours")
          assert_empty Dir.children(dir) - %w[boot.memtrim err out]
          assert_no_process_knows dir
        end
      end
    end
  end

  def test_what_a_boot_started_goes_with_it
    in_a_clean_directory(leaves: ["boot.memtrim"]) do |file|
      SmallApp.with("config/environment.rb" => "spawn('sleep 62')") do |app|
        assert_predicate Memtrim.run("record", "-o", file, "--app", app).status, :success?
      end
    end
  end

  def test_ctrl_c_is_the_programs_own_affair
    {"INT" => -1, "TERM" => 1}.each do |signal, whom|
      Dir.mktmpdir do |dir|
        file = File.join(dir, "program.memtrim")
        memtrim = Memtrim.start("record", "-o", file, "--", RbConfig.ruby, "-e", "begin; puts :ready; $stdout.flush; sleep 60; rescue SignalException; puts :stopped; exit 9; end", dir: dir)
        400.times { File.size?(File.join(dir, "out")) ? break : sleep(0.05) }
        Process.kill(signal, whom * memtrim)
        assert_equal 9, Process.wait2(memtrim).last.exitstatus, File.read(File.join(dir, "err"))
        assert_equal "ready\nstopped\n", File.read(File.join(dir, "out"))
        assert_equal 0, Memtrim.run("report", "--recording", file).status.exitstatus
        assert_empty Dir.children(dir) - %w[program.memtrim err out]
        assert_no_process_knows dir
      end
    end
  end

  def test_a_program_has_the_terminal
    require "pty"
    Dir.mktmpdir do |dir|
      file = File.join(dir, "program.memtrim")
      command = [RbConfig.ruby, Memtrim::EXECUTABLE, "record", "-o", file, "--", RbConfig.ruby, "-e", "puts %(hello \#{$stdin.gets} \#{$stdout.tty?})"]
      output, input, pid = PTY.spawn(Memtrim.environment({}), *command)
      input.puts "world"
      said = +""
      begin
        loop { said << output.readpartial(4096) }
      rescue Errno::EIO, EOFError
        nil
      end
      assert_equal 0, Process.wait2(pid).last.exitstatus, said
      assert_match(/hello world\r?\n true/, said)
      assert_path_exists file
    end
  end

  def test_an_installation_with_a_space_in_its_path
    in_a_clean_directory do |file|
      Dir.mktmpdir do |dir|
        Dir.mkdir(place = File.join(dir, "a place"))
        %w[lib exe].each { |directory| FileUtils.cp_r(File.expand_path("../#{directory}", __dir__), place) }
        executable = File.join(place, "exe/memtrim")
        result = Memtrim.run_command(RbConfig.ruby, executable, "record", "-o", file, "--", RbConfig.ruby, "-e", "1")
        assert_equal [2, 1], [result.status.exitstatus, result.err.lines.size], result.err
        assert_match(/RUBYOPT allows no space in a path/, result.err)
        SmallApp.with do |app|
          report = Memtrim.run_command(RbConfig.ruby, executable, "report", "--app", app)
          assert_predicate report.status, :success?, report.err
        end
      end
    end
  end

  def test_a_command_that_can_not_be_started
    in_a_clean_directory do |file|
      assert_fails "record", "-o", file, "--", "no_such_command_here", says: /no_such_command_here can't be started/
      assert_fails "record", "-o", file, "--", "/etc", says: /can't be started/
      assert_fails "record", "-o", file, "--", "true", says: /was not written: .* true started no Ruby/
    end
  end

  def test_an_old_recording_does_not_pass_for_a_new_one
    in_a_clean_directory do |file|
      File.write(file, "old")
      assert_fails "record", "-o", file, "--", "true", says: /was not written: .* true started no Ruby/
    end
  end

  def test_rake_tasks_of_an_app_that_has_the_gem
    app = AppCopy.prepare("api", in_gemfile: true)
    tasks = in_app(app, "bundle", "exec", "rake", "-T", "memtrim")
    %w[report explain record fleet].each { |name| assert_match(/rake memtrim:#{name}/, tasks.out, tasks.err) }
    result = in_app(app, "bundle", "exec", "rake", "memtrim:report", env: {"FORMAT" => "json"})
    assert_predicate result.status, :success?, result.err
    report = JSON.parse(result.out)
    assert_equal "production", report["environment"]["rails_env"]
    assert_empty report["witness"]["missed_files"]
    assert_includes report["gems"].map { |gem| gem["name"] }, "showcase_memtrim"
  end

  def test_an_app_that_records_itself
    app = AppCopy.prepare("tenant", in_gemfile: true)
    Dir.mktmpdir do |dir|
      file = File.join(dir, "self.memtrim")
      program = %(require "./config/environment"; puts Rails.application.initialized?, (ENV.keys.grep(/MEMTRIM_/) - ["MEMTRIM_IN_GEMFILE"]).inspect, $LOADED_FEATURES.grep(/showcase_memtrim\\.so/).size)
      result = in_app(app, "bundle", "exec", "ruby", "-e", program, env: {"MEMTRIM_RECORD" => file, "RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1", "EAGER_LOAD" => "1"})
      assert_equal "true\n[]\n1\n", result.out.lines.last(3).join, result.err
      assert_empty result.notes
      assert_equal ["self.memtrim"], Dir.children(dir)
      report = JSON.parse(Memtrim.run("report", "--recording", file, "--format", "json").out)
      assert report["whole"]
      assert_equal "retained", report["weight"], "a running program can't be preloaded"
      assert_match(/light recording/, report["warnings"].join)
      assert_includes report["phases"].select { |phase| phase["retained_bytes"] > 100_000 }.map { |phase| phase["name"] }, "eager_load"
      assert_operator report["witness"]["compiled_files"], :>, 500
      assert_empty report["witness"]["missed_files"]
    end
  end

  def test_a_program_that_records_itself_to_nowhere_goes_on
    ["/no/such/dir/x", "/proc/x", ""].each do |target|
      result = Memtrim.run_command(RbConfig.ruby, "-I", File.expand_path("../lib", __dir__), "-e", "require 'showcase_memtrim'; puts 1; exit 3", env: {"MEMTRIM_RECORD" => target})
      assert_equal "1\n", result.out
      assert_equal 3, result.status.exitstatus
      assert_equal 1, result.err.lines.size, result.err
      assert_match(/the program goes on without it/, result.err)
    end
  end

  private

  # @return [Boolean] false: it had ended
  def kill(child)
    Process.kill(:KILL, child)
    true
  rescue Errno::ESRCH
    false
  end

  # The process that writes the recording; it names itself in the first line.
  def wait_for_recorded_process(file)
    400.times do
      partial = "#{file}.partial"
      header = File.exist?(partial) ? File.open(partial, &:gets) : nil
      return JSON.parse(header)["pid"] if header&.end_with?("\n")
      sleep 0.02
    end
    flunk "nothing is recorded to #{file}"
  end

  def on_a_small_disk
    skip "only root can mount a small disk" unless Process.uid.zero?
    Dir.mktmpdir do |dir|
      skip "no mounts here" unless system("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir, err: File::NULL)
      begin
        yield dir
      ensure
        system("umount", dir)
      end
    end
  end

  def in_app(app, *command, env: {})
    Memtrim.run_command(*command, env: env, chdir: app)
  end
end
