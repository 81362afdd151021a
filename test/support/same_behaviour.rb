# frozen_string_literal: true

require_relative "program"

# Asserts that a program does not notice that it is recorded.
module SameBehaviour
  # Runs the program plain and recorded, in each mode.
  #
  # @param files [Hash] contents by path; main.rb is what is run
  # @param options [Array<String>] of ruby
  # @param whole [Boolean] false: the program ends in a way that leaves a recording without an end
  # @yield [report, plain] what else must be so
  def assert_same_behaviour(options: [], modes: Program::MODES.keys, whole: true, **files)
    Program.in_a_directory(files) do |program|
      modes.each do |mode|
        plain, recorded = run_both(program, Program::MODES.fetch(mode) + options)
        refute_empty plain.out + plain.err, "the program shows nothing"
        assert_equal text(plain.out), text(recorded.out), "stdout, #{mode}; stderr: #{recorded.err}"
        assert_equal text(plain.err), text(recorded.other_err), "stderr, #{mode}"
        assert_equal exit_status(plain.status), exit_status(recorded.status), "exit status, #{mode}"
        assert_empty program.litter, mode
        report = program.report
        assert_equal whole, report["whole"], "#{mode}: #{recorded.err}"
        assert_empty recorded.notes, mode if whole
        assert_empty missed(report), mode if whole
        yield report, plain if block_given?
      end
    end
  end

  private

  def run_both(program, options)
    plain = Thread.new { program.plain(options) }
    recorded = program.recorded(options)
    [plain.value, recorded]
  end

  # Addresses and process ids (RubyGems tells one when it fails) are of one process only.
  def text(output)
    output.gsub(/0x\h{8,}/, "0x…").gsub(/^\[\d+, #<Thread/, "[pid, #<Thread")
  end

  # As a shell gives it: a program that died of a signal has a status too.
  def exit_status(status)
    status.exitstatus || 128 + status.termsig
  end

  # The program itself is what no require ever loads.
  def missed(report)
    report["witness"]["missed_files"].reject { |file| file == "main.rb" }
  end
end
