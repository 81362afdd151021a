# frozen_string_literal: true

# Score sheets to print: one page for each heat, behind a cover.
class PacketsController < ApplicationController
  def index
    @judges = Person.judge.by_name
  end

  def show
    @judge = Person.judge.find(params[:id])
    pdf = CombinePDF.new
    pdf << page("#{current_event.name}: #{@judge.name}")
    Heat.ordered.includes(:dance).each { |heat| pdf << page("Heat #{heat.number}: #{heat.dance.name}") }
    send_data pdf.to_pdf, filename: "packet-#{@judge.id}.pdf", type: :pdf
  end

  private

  def page(title)
    CombinePDF.create_page([0, 0, 612, 792]).textbox(title, height: 40, width: 540, y: 700, x: 36, max_font_size: 24)
  end
end
